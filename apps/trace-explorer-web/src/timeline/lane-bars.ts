import type { SpanSummary } from '@span-links/explorer-api';
import { spanTree } from '../trace/span-tree.ts';
import { nanosBetween, type UnixNano } from '../time/instant.ts';
import type { Interval } from './time-compression.ts';

/** A span in its lane; row 0 is the top. */
export interface LaneBar extends Interval {
  readonly span: SpanSummary;
  readonly row: number;
}

export interface LaneLimits {
  readonly rows: number;
  readonly bars: number;
}

/**
 * Children are below their parents, and next to each other while there is room. Spans without room
 * only show in the waterfall.
 */
export function laneBars(spans: readonly SpanSummary[], origin: UnixNano, limits: LaneLimits): LaneBar[] {
  const { nodes, startTime } = spanTree(spans);
  const offsetNs = nanosBetween(origin, startTime);
  const rows: number[] = [];
  const endOfRow: number[] = [];
  const bars: LaneBar[] = [];
  for (const { span, parent, startNs } of nodes) {
    const start = offsetNs + startNs;
    const end = start + span.durationNs;
    const above = parent < 0 ? -1 : (rows[parent] ?? limits.rows);
    let row = above + 1;
    while (row < limits.rows && (endOfRow[row] ?? -Infinity) > start) row++;
    rows.push(row);
    if (row >= limits.rows) continue;
    endOfRow[row] = end;
    bars.push({ span, row, startNs: start, endNs: end });
  }
  if (bars.length <= limits.bars) return bars;
  return [...bars]
    .sort((a, b) => a.row - b.row || b.span.durationNs - a.span.durationNs)
    .slice(0, limits.bars);
}
