import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AtMostEvery } from './at-most-every.ts';

describe('what is done at most every second', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is done at once, and once more for all that was asked meanwhile', () => {
    let done = 0;
    const action = new AtMostEvery(1_000, () => done++);
    action.ask();
    expect(done).toBe(1);
    for (let count = 0; count < 10; count++) action.ask();
    expect(done).toBe(1);
    vi.advanceTimersByTime(1_000);
    expect(done).toBe(2);
    vi.advanceTimersByTime(5_000);
    expect(done).toBe(2);
  });

  it('is not done after a stop, and leaves no timer', () => {
    let done = 0;
    const action = new AtMostEvery(1_000, () => done++);
    action.ask();
    action.ask();
    action.stop();
    vi.advanceTimersByTime(5_000);
    expect(done).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});
