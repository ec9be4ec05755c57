import { describe, expect, it } from 'vitest';
import { BREAK_PX, compressTime, type Interval } from './time-compression.ts';

const ms = 1e6;
const hour = 3_600e9;
const work = (startNs: number, lengthNs: number): Interval => ({ startNs, endNs: startNs + lengthNs });

describe('compressed time', () => {
  it('cuts an hour of waiting between milliseconds of work', () => {
    const { stretches } = compressTime([work(0, 20 * ms), work(hour, 60 * ms)], 1_000, false);
    expect(stretches.map(({ kind }) => kind)).toEqual(['work', 'break', 'work']);
    const [first, gap, last] = stretches;
    expect(gap!.endPx - gap!.startPx).toBe(BREAK_PX);
    expect(gap!.endNs - gap!.startNs).toBe(hour - 20 * ms);
    // One scale for both: three times as long is three times as wide.
    expect(last!.endPx - last!.startPx).toBeCloseTo(3 * (first!.endPx - first!.startPx));
    expect(last!.endPx).toBeCloseTo(1_000);
  });

  it('keeps everything to scale on request, and names the waits', () => {
    const { stretches, waits, toPx } = compressTime([work(0, ms), work(99 * ms, ms)], 1_000, true);
    expect(stretches).toHaveLength(1);
    expect(waits).toEqual([{ startNs: ms, endNs: 99 * ms }]);
    expect(toPx(50 * ms)).toBeCloseTo(500);
  });

  it('leaves a gap that a cut would not shorten', () => {
    const { stretches, waits } = compressTime([work(0, 500 * ms), work(520 * ms, 480 * ms)], 1_000, false);
    expect(stretches).toHaveLength(1);
    expect(waits).toHaveLength(1);
  });

  it('grows with time and can be inverted for any intervals', () => {
    let seed = 42;
    const random = () => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let round = 0; round < 200; round++) {
      const intervals = Array.from({ length: 1 + Math.floor(random() * 20) }, () =>
        work(Math.floor(random() ** 4 * hour), Math.floor(random() ** 3 * 1_000 * ms)),
      );
      const width = 300 + Math.floor(random() * 3_000);
      const { stretches, toPx, toNs } = compressTime(intervals, width, random() < 0.2);
      const from = stretches[0]!.startNs;
      const to = stretches.at(-1)!.endNs;
      expect(stretches.at(-1)!.endPx).toBeCloseTo(width, 3);
      let before = -1;
      for (let step = 0; step <= 50; step++) {
        const ns = from + ((to - from) * step) / 50;
        const px = toPx(ns);
        expect(px).toBeGreaterThanOrEqual(before);
        expect(toNs(px) / 1e9).toBeCloseTo(ns / 1e9, 3);
        before = px;
      }
    }
  });

  it('shows work without length', () => {
    const { toPx } = compressTime([work(0, 0), work(hour, 0)], 1_000, false);
    expect(toPx(hour) - toPx(0)).toBeGreaterThan(100);
    expect(compressTime([], 1_000, false).stretches).toHaveLength(1);
    expect(compressTime([work(5, 0)], 1_000, false).toPx(5)).toBe(0);
  });
});
