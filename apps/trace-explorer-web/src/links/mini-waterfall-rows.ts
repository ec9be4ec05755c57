import { spanTree, type SpanNode } from '../trace/span-tree.ts';
import type { SpanSummary } from '@span-links/explorer-api';

export const MINI_ROWS = 30;

export interface MiniRow {
  readonly key: string;
  readonly span: SpanSummary;
  /** From 0, within the shown part. */
  readonly depth: number;
  /** From 0 to 1 of the trace. */
  readonly start: number;
  readonly length: number;
  readonly isTarget: boolean;
}

export interface MiniWaterfall {
  readonly rows: readonly MiniRow[];
  readonly hidden: number;
}

/** At most {@link MINI_ROWS} rows of a trace, around the span that a link points to. */
export function miniWaterfall(spans: readonly SpanSummary[], targetSpanId: string): MiniWaterfall {
  const tree = spanTree(spans);
  const target = tree.indexOf.get(targetSpanId) ?? 0;
  const last = Math.max(0, tree.nodes.length - MINI_ROWS);
  // A third of the rows are above the target because they led to it; more rows are below.
  const first = Math.min(Math.max(0, target - MINI_ROWS / 3), last);
  const shown = tree.nodes.slice(first, first + MINI_ROWS);
  const outermost = shown.reduce((least, { level }) => Math.min(least, level), Infinity);
  const row = (node: SpanNode): MiniRow => ({
    key: node.key,
    span: node.span,
    depth: node.level - outermost,
    start: node.startNs / tree.durationNs,
    length: node.span.durationNs / tree.durationNs,
    isTarget: node.span.spanId === targetSpanId,
  });
  return { rows: shown.map(row), hidden: tree.nodes.length - shown.length };
}
