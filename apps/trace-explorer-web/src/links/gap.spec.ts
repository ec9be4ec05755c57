import { describe, expect, it } from 'vitest';
import { gapBetween, gapFraction } from './gap.ts';

const at = (startMs: number, durationMs: number) => ({
  startTime: String(1_763_800_000_000_000_000n + BigInt(startMs) * 1_000_000n),
  durationNs: durationMs * 1e6,
});
const span = at(100_000, 1_000);

describe('the gap between two linked spans', () => {
  it('says that one ended before this span started', () => {
    expect(gapBetween(span, at(60_000, 3_000))).toEqual({
      side: 'before',
      ns: 37e9,
      short: '37 s before',
      sentence: 'ended 37 s before this span started',
    });
  });

  it('says that one started after this span ended', () => {
    expect(gapBetween(span, at(103_000, 10))).toMatchObject({ side: 'after', short: '2 s after' });
  });

  it('counts a touch as a gap of zero', () => {
    expect(gapBetween(span, at(99_000, 1_000))).toMatchObject({ side: 'before', ns: 0 });
    expect(gapBetween(span, at(101_000, 1))).toMatchObject({ side: 'after', ns: 0 });
  });

  it('says how long both ran in parallel', () => {
    expect(gapBetween(span, at(99_500, 1_000))).toMatchObject({ side: 'overlap', short: '500 ms overlap' });
    expect(gapBetween(span, at(100_900, 1_000))).toMatchObject({ side: 'overlap', ns: 100e6 });
    expect(gapBetween(span, at(100_200, 300))).toMatchObject({ side: 'overlap', ns: 300e6 });
    expect(gapBetween(span, at(99_000, 9_000))).toMatchObject({ side: 'overlap', ns: 1_000e6 });
  });
});

describe('the gap bar', () => {
  it('grows by the same step for each factor of ten', () => {
    const hour = 3_600e9;
    expect(gapFraction(hour, hour)).toBe(1);
    expect(gapFraction(0, hour)).toBe(0);
    const step = gapFraction(1e9, hour) - gapFraction(1e8, hour);
    expect(gapFraction(1e10, hour) - gapFraction(1e9, hour)).toBeCloseTo(step);
  });

  it('stays inside for any roll-up', () => {
    expect(gapFraction(5e9, -1)).toBe(1);
    expect(gapFraction(2e6, 2e6)).toBeLessThan(1);
  });
});
