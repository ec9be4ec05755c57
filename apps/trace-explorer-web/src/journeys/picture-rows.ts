import type { JourneyUnit, JourneyView } from '@span-links/explorer-api';
import { waterfallRows, type WaterfallRow } from './waterfall-rows.ts';

export interface PictureRows {
  readonly rows: readonly WaterfallRow[];
  /** The number of steps that are not drawn. */
  readonly hidden: number;
}

/** More rows are unreadable on a slide. */
const MOST_ROWS = 16;

/**
 * The rows of a journey's picture, groups folded. If there are too many, the critical path and the
 * failures stay.
 */
export function pictureRows({ units, unitCount }: Pick<JourneyView, 'units' | 'unitCount'>): PictureRows {
  const all = waterfallRows(units, new Set());
  const kept = new Set([...all].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_ROWS));
  const rows = all.filter((row) => kept.has(row));
  return { rows, hidden: unitCount - rows.reduce((sum, row) => sum + row.units.length, 0) };
}

function rank({ units }: WaterfallRow): number {
  if (units.some(({ isOnPath }) => isOnPath)) return 0;
  return units.some(hasFailed) ? 1 : 2;
}

/** True for a failure that no other attempt replaces. */
export function hasFailed(unit: JourneyUnit): boolean {
  return unit.hasFailed && !unit.isRetried;
}
