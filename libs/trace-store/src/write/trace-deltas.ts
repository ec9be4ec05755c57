import type { PreparedSpan } from './prepared-request.ts';

/** The changes of a group of new spans to `traces`, as the arrays of sql/upsert-traces.sql. */
export interface TraceDeltas {
  /** Ascending. All other arrays have the same order. */
  readonly traceIds: string[];
  readonly values: unknown[][];
  /** Traces with new spans. */
  readonly changed: string[];
  /** Traces that gained a link from another trace. */
  readonly linked: string[];
}

// In the columns of an operation, see sql/add-operations.sql.
const KIND_COLUMN = 2;
const PRODUCER = 4;

class TraceDelta {
  startNs: bigint | null = null;
  endNs: bigint | null = null;
  spans = 0;
  errors = 0;
  links = 0;
  backlinks = 0;
  diskBytes = 0;
  isLinkedFromOutside = false;
  sends = false;
  root: PreparedSpan | undefined;
  rootId: number | null = null;
  readonly operations = new Set<number>();

  add(span: PreparedSpan, id: number): void {
    if (this.startNs === null || span.startNs < this.startNs) this.startNs = span.startNs;
    if (this.endNs === null || span.endNs > this.endNs) this.endNs = span.endNs;
    this.spans++;
    if (span.isError) this.errors++;
    this.links += span.linkRows.length;
    this.diskBytes += span.diskBytes;
    this.operations.add(span.operation.id);
    if (span.operation.columns[KIND_COLUMN] === PRODUCER) this.sends = true;
    if (this.root === undefined || standsBefore(span, this.root)) {
      this.root = span;
      this.rootId = id;
    }
  }
}

/**
 * True if `a` rather than `b` represents its trace: the same order as in sql/upsert-traces.sql,
 * independent of arrival.
 */
function standsBefore(a: PreparedSpan, b: PreparedSpan): boolean {
  if (a.isRoot !== b.isRoot) return a.isRoot;
  if (a.startNs !== b.startNs) return a.startNs < b.startNs;
  return a.spanId < b.spanId;
}

/** @param ids of the spans, in their order. */
export function traceDeltas(spans: readonly PreparedSpan[], ids: readonly number[]): TraceDeltas {
  const byTrace = new Map<string, TraceDelta>();
  const delta = (traceId: string): TraceDelta => {
    const known = byTrace.get(traceId);
    if (known !== undefined) return known;
    const made = new TraceDelta();
    byTrace.set(traceId, made);
    return made;
  };
  spans.forEach((span, index) => {
    delta(span.traceId).add(span, ids[index]!);
    for (const target of span.targets) {
      const targetDelta = delta(target);
      targetDelta.backlinks++;
      if (target !== span.traceId) targetDelta.isLinkedFromOutside = true;
    }
  });
  // All writers lock traces in this order, so that they cannot deadlock.
  const rows = [...byTrace].sort(([a], [b]) => (a < b ? -1 : 1));
  const column = <Value>(of: (delta: TraceDelta) => Value): Value[] => rows.map(([, row]) => of(row));
  return {
    traceIds: rows.map(([traceId]) => traceId),
    values: [
      column(({ startNs }) => startNs),
      column(({ endNs }) => endNs),
      column(({ spans: count }) => count),
      column(({ errors }) => errors),
      column(({ links }) => links),
      column(({ backlinks }) => backlinks),
      column(({ diskBytes }) => diskBytes),
      column(({ rootId }) => rootId),
      column(({ root }) => (root === undefined ? null : Buffer.from(root.spanId, 'hex'))),
      column(({ root }) => root?.isRoot ?? false),
      column(({ root }) => root?.startNs ?? null),
      column(({ operations }) => `{${[...operations].sort((a, b) => a - b).join(',')}}`),
      column(({ sends }) => sends),
    ],
    changed: rows.filter(([, { spans: count }]) => count > 0).map(([traceId]) => traceId),
    linked: rows.filter(([, row]) => row.isLinkedFromOutside).map(([traceId]) => traceId),
  };
}
