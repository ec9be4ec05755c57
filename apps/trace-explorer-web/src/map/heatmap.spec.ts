import { expect, it } from 'vitest';
import { cellRange, heatmapOf, waitTicks } from './heatmap.ts';

const BUCKETS = [0, ...Array.from({ length: 50 }, (_, place) => Math.round(1_000 * 2 ** (place / 2)))];

it('shows rare messages beside frequent ones', () => {
  const { cells, firstBucket, lastBucket, most } = heatmapOf({
    cells: [
      [0, 10, 1_000],
      [3, 12, 1],
    ],
  });
  expect([firstBucket, lastBucket, most]).toEqual([9, 13, 1_000]);
  expect(cells.map(({ strength }) => Number(strength.toFixed(2)))).toEqual([1, 0.2]);
  expect(heatmapOf({ cells: [] })).toMatchObject({ cells: [], most: 1, lastBucket: 1 });
});

it('puts waits of less than a thousandth of the longest into the lowest row', () => {
  const heatmap = heatmapOf({
    cells: [
      [0, 40, 5],
      [0, 3, 1],
      [0, 21, 2],
    ],
  });
  expect([heatmap.firstBucket, heatmap.lastBucket]).toEqual([21, 41]);
  const lowest = heatmap.cells.find(({ bucket }) => bucket === 21)!;
  expect(lowest).toMatchObject({ count: 3, isLowest: true });
  expect(cellRange({ from: '0', columnNs: 60e9, bucketsNs: BUCKETS }, lowest).waitFrom).toBe(0);
});

it('leads from a cell to its time and waits', () => {
  const page = { from: '1700000000000000000', columnNs: 60e9, bucketsNs: BUCKETS };
  expect(cellRange(page, { column: 2, bucket: 3, isLowest: false })).toEqual({
    linkFrom: 1_700_000_120_000,
    linkTo: 1_700_000_179_999,
    waitFrom: 2_000,
    waitTo: 2_827,
  });
  expect(cellRange(page, { column: 0, bucket: 0, isLowest: false })).toMatchObject({
    waitFrom: 0,
    waitTo: 999,
  });
});

it('writes powers of ten beside the waits', () => {
  const ticks = waitTicks(BUCKETS, 1, 42);
  expect(ticks.map(({ ns }) => ns)).toEqual([1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]);
  expect(ticks[3]!.bucket).toBeCloseTo(20.93, 1);
});
