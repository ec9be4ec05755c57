import type { WaitHistory, WaitPage } from '@span-links/explorer-api';

/** A cell of a heatmap. */
export interface Cell {
  readonly column: number;
  readonly bucket: number;
  readonly count: number;
  /**
   * From 0 to 1, by the logarithm of the count, so that one message of a thousand is still visible.
   */
  readonly strength: number;
  /** True if all shorter waits also count here. */
  readonly isLowest: boolean;
}

export interface Heatmap {
  readonly cells: readonly Cell[];
  /** Buckets from the lowest to the highest used one, plus one at each end as a margin. */
  readonly firstBucket: number;
  readonly lastBucket: number;
  readonly most: number;
}

/** Waits shorter than a thousandth of the longest share the lowest row. */
const MOST_ROWS = 20;

export function heatmapOf({ cells }: Pick<WaitHistory, 'cells'>): Heatmap {
  const buckets = cells.map(([, bucket]) => bucket);
  const highest = Math.max(...buckets, 0);
  const lowest = Math.max(Math.min(...buckets, Infinity), highest - MOST_ROWS + 1, 0);
  const merged = new Map<string, [column: number, bucket: number, count: number]>();
  for (const [column, bucket, count] of cells) {
    const row = Math.max(bucket, lowest);
    const known = merged.get(`${column} ${row}`);
    if (known) known[2] += count;
    else merged.set(`${column} ${row}`, [column, row, count]);
  }
  const most = Math.max(1, ...[...merged.values()].map(([, , count]) => count));
  const isCut = buckets.some((bucket) => bucket < lowest);
  return {
    cells: [...merged.values()].map(([column, bucket, count]) => ({
      column,
      bucket,
      count,
      strength: most === 1 ? 1 : 0.2 + (0.8 * Math.log(count)) / Math.log(most),
      isLowest: isCut && bucket === lowest,
    })),
    firstBucket: isCut ? lowest : Math.max(0, lowest - 1),
    lastBucket: highest + 1,
    most,
  };
}

/**
 * The meaning of a cell: the time of pick-up in unix ms, and the wait in ns. Both ends included.
 */
export interface CellRange {
  readonly linkFrom: number;
  readonly linkTo: number;
  readonly waitFrom: number;
  readonly waitTo: number;
}

export function cellRange(
  { from, columnNs, bucketsNs }: Pick<WaitPage, 'from' | 'columnNs' | 'bucketsNs'>,
  { column, bucket, isLowest }: Pick<Cell, 'column' | 'bucket' | 'isLowest'>,
): CellRange {
  const startMs = Number(BigInt(from) / 1_000_000n) + (column * columnNs) / 1e6;
  return {
    linkFrom: startMs,
    linkTo: startMs + columnNs / 1e6 - 1,
    waitFrom: isLowest ? 0 : (bucketsNs[bucket] ?? 0),
    waitTo: Math.max(0, (bucketsNs[bucket + 1] ?? 0) - 1),
  };
}

/** The labels of waits next to the heatmap: the powers of ten in its range. */
export function waitTicks(
  bucketsNs: readonly number[],
  first: number,
  last: number,
): { ns: number; bucket: number }[] {
  const [low, high] = [Math.max(1_000, bucketsNs[first] ?? 0), bucketsNs[last] ?? bucketsNs.at(-1) ?? 0];
  const ticks: { ns: number; bucket: number }[] = [];
  for (let ns = 1_000; ns <= 1e18; ns *= 10) {
    if (ns < low || ns > high) continue;
    // Buckets grow by half an octave from 1 µs.
    ticks.push({ ns, bucket: 1 + 2 * Math.log2(ns / 1_000) });
  }
  return ticks;
}
