import { describe, expect, it } from 'vitest';
import {
  clampWindow,
  isWhole,
  panWindow,
  placeBar,
  windowAround,
  windowWith,
  zoomWindow,
} from './time-window.ts';

const LENGTH = 1_000_000;

describe('a window on the time of a trace', () => {
  it('stays within the trace and keeps its width', () => {
    expect(clampWindow({ fromNs: -100, toNs: 900 }, LENGTH)).toEqual({ fromNs: 0, toNs: 1_000 });
    expect(clampWindow({ fromNs: 999_500, toNs: 1_000_500 }, LENGTH)).toEqual({
      fromNs: 999_000,
      toNs: LENGTH,
    });
  });

  it('may be drawn from right to left', () => {
    expect(clampWindow({ fromNs: 900, toNs: 500 }, LENGTH)).toEqual({ fromNs: 500, toNs: 900 });
  });

  it('is never narrower than 100 ns, and never wider than the trace', () => {
    expect(clampWindow({ fromNs: 500, toNs: 500 }, LENGTH)).toEqual({ fromNs: 500, toNs: 600 });
    expect(clampWindow({ fromNs: 3, toNs: 4 }, 20)).toEqual({ fromNs: 0, toNs: 20 });
  });

  it('zooms around a time that keeps its place', () => {
    expect(zoomWindow({ fromNs: 0, toNs: LENGTH }, 0.5, LENGTH, 250_000)).toEqual({
      fromNs: 125_000,
      toNs: 625_000,
    });
  });

  it('does not drift at the limit of the zoom', () => {
    const narrow = { fromNs: 500, toNs: 600 };
    expect(zoomWindow(narrow, 0.5, LENGTH, 510)).toEqual(narrow);
  });

  it('is the whole trace again after zooming out', () => {
    const out = zoomWindow({ fromNs: 200_000, toNs: 900_000 }, 4, LENGTH);
    expect(isWhole(out, LENGTH)).toBe(true);
  });

  it('moves by a share of itself and stops at the ends', () => {
    expect(panWindow({ fromNs: 0, toNs: 1_000 }, 0.5, LENGTH)).toEqual({ fromNs: 500, toNs: 1_500 });
    expect(panWindow({ fromNs: 0, toNs: 1_000 }, -0.5, LENGTH)).toEqual({ fromNs: 0, toNs: 1_000 });
  });

  it('leaves room around a span, even around one without length', () => {
    const { fromNs, toNs } = windowAround(500_000, 0, LENGTH);
    expect(fromNs).toBeLessThan(500_000);
    expect(toNs).toBeGreaterThan(500_000);
  });
});

describe('a bar', () => {
  const window = { fromNs: 100, toNs: 300 };

  it('is placed in the window in percent', () => {
    expect(placeBar(150, 50, window)).toEqual({ left: 25, width: 25 });
  });

  it('is cut off at the edges', () => {
    expect(placeBar(0, 1_000, window)).toEqual({ left: 0, width: 100 });
  });

  it('differs from one outside the window', () => {
    expect(placeBar(0, 50, window)).toBe('before');
    expect(placeBar(301, 50, window)).toBe('after');
    expect(placeBar(300, 0, window)).toEqual({ left: 100, width: 0 });
  });
});

it('leads to a span outside at the same zoom, and changes nothing for a visible span', () => {
  const window = { fromNs: 100, toNs: 300 };
  expect(windowWith(window, 250, 500, 10_000)).toBe(window);
  expect(windowWith(window, 5_000, 100, 10_000)).toEqual({ fromNs: 4_950, toNs: 5_150 });
  expect(windowWith(window, 9_990, 10, 10_000)).toEqual({ fromNs: 9_800, toNs: 10_000 });
  expect(windowWith(window, 2_000, 800, 10_000)).toEqual({ fromNs: 2_000, toNs: 2_800 });
});
