import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AtMostEvery } from './at-most-every.ts';

describe('an action with a limit of once per second', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('runs at once, and once more for all later requests', () => {
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

  it('does not run after a stop, and leaves no timer', () => {
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
