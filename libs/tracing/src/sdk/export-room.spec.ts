import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExportRoom } from './export-room.ts';

/** Names of the promises that are settled by now. */
function watch(promises: Record<string, Promise<void>>): string[] {
  const done: string[] = [];
  for (const [name, promise] of Object.entries(promises)) void promise.then(() => done.push(name));
  return done;
}

describe('ExportRoom', () => {
  let free = 0;
  const room = (): ExportRoom => new ExportRoom((spans, promised) => spans + promised <= free, 250);

  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('grants fitting requests at once', async () => {
    free = 10;
    await expect(room().wait(10)).resolves.toBeUndefined();
    vi.runOnlyPendingTimers();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does not promise the same room twice, until the event loop has turned', async () => {
    free = 10;
    const tested = room();
    const done = watch({ one: tested.wait(6), two: tested.wait(6), three: tested.wait(1) });
    await Promise.resolve();
    expect(done).toEqual(['one']);
    // The first producer's spans have not arrived, so the room is still there.
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('lets nobody overtake a larger request', async () => {
    free = 5;
    const tested = room();
    const done = watch({ large: tested.wait(6), small: tested.wait(1) });
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toEqual([]);
    free = 7;
    tested.grew();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['large', 'small']);
  });

  it('grants waiting requests in order, as far as there is room', async () => {
    free = 0;
    const tested = room();
    const done = watch({ one: tested.wait(4), two: tested.wait(4), three: tested.wait(4) });
    free = 9;
    tested.grew();
    await Promise.resolve();
    expect(done).toEqual(['one', 'two']);
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['one', 'two', 'three']);
  });

  it('grants all requests when the patience is over, and later ones at once', async () => {
    free = 0;
    const tested = room();
    const done = watch({ one: tested.wait(1), two: tested.wait(1) });
    await vi.advanceTimersByTimeAsync(249);
    expect(done).toEqual([]);
    await vi.advanceTimersByTimeAsync(2);
    expect(done).toEqual(['one', 'two']);
    await tested.wait(1_000);
  });

  it('waits again once an export has succeeded', async () => {
    free = 0;
    const tested = room();
    tested.giveUp();
    await tested.wait(1);
    tested.exportSucceeded();
    const done = watch({ one: tested.wait(1) });
    await vi.advanceTimersByTimeAsync(100);
    expect(done).toEqual([]);
    tested.giveUp();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toEqual(['one']);
    expect(vi.getTimerCount()).toBe(0);
  });
});
