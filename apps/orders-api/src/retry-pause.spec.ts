import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryPauseMs } from './retry-pause.ts';

describe('the pause before another attempt', () => {
  it('doubles with each attempt', () => {
    expect([1, 2, 3, 4].map((attempt) => retryPauseMs(attempt, 500, () => 0))).toEqual([
      500, 1_000, 2_000, 4_000,
    ]);
  });

  it('is shortened by up to a half, and never longer than a minute', () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), chance, (attempt, random) => {
        const longest = retryPauseMs(attempt, 500, () => 0);
        const pauseMs = retryPauseMs(attempt, 500, () => random);
        expect(longest).toBeLessThanOrEqual(60_000);
        expect(pauseMs).toBeLessThanOrEqual(longest);
        expect(pauseMs).toBeGreaterThanOrEqual(longest / 2);
      }),
    );
  });
});
