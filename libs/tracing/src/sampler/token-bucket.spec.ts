import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TokenBucket } from './token-bucket.ts';

function bucketWithClock(ratePerSecond: number) {
  const clock = { nowMs: 5_000 };
  const bucket = new TokenBucket(ratePerSecond, () => clock.nowMs);
  const takeAll = (attempts: number) =>
    Array.from({ length: attempts }, () => bucket.take()).filter(Boolean).length;
  return { clock, bucket, takeAll };
}

describe('TokenBucket', () => {
  it('starts with the tokens of one second and refills with time', () => {
    const { clock, takeAll } = bucketWithClock(10);
    expect(takeAll(50)).toBe(10);
    clock.nowMs += 300;
    expect(takeAll(50)).toBe(3);
    clock.nowMs += 60_000;
    expect(takeAll(50)).toBe(10);
  });

  it('gives a whole token to rates below one a second', () => {
    const { clock, takeAll } = bucketWithClock(0.1);
    expect(takeAll(5)).toBe(1);
    clock.nowMs += 9_000;
    expect(takeAll(5)).toBe(0);
    clock.nowMs += 1_500;
    expect(takeAll(5)).toBe(1);
  });

  it.each([
    [0, 0],
    [-1, 0],
    [Number.NaN, 0],
    [Infinity, 1_000],
  ])('with a rate of %d gives %d of 1,000', (rate, expected) => {
    expect(bucketWithClock(rate).takeAll(1_000)).toBe(expected);
  });

  it('survives a clock that steps back or fails', () => {
    const { clock, takeAll } = bucketWithClock(10);
    expect(takeAll(50)).toBe(10);
    clock.nowMs -= 3_600_000;
    expect(takeAll(50)).toBe(0);
    clock.nowMs = Number.NaN;
    expect(takeAll(50)).toBe(0);
    clock.nowMs = 0;
    expect(takeAll(50)).toBe(0);
    clock.nowMs += 500;
    expect(takeAll(50)).toBe(5);
  });

  it('never gives more than the rate times the time, plus one burst', () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: 3_000 }),
      attempts: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 50, noNaN: true }), fc.array(step), (rate, steps) => {
        const { clock, takeAll } = bucketWithClock(rate);
        let taken = 0;
        let elapsedMs = 0;
        for (const { waitMs, attempts } of steps) {
          clock.nowMs += waitMs;
          elapsedMs += waitMs;
          taken += takeAll(attempts);
        }
        expect(taken).toBeLessThanOrEqual((rate * elapsedMs) / 1000 + Math.max(1, rate) + 1e-6);
      }),
    );
  });
});
