import type { PreparedSpan } from './prepared-request.ts';

/** What a group of new spans changes in `traces`, as the arrays that sql/upsert-traces.sql takes. */
export interface TraceDeltas {
  /** Ascending, as all arrays that follow it. */
  readonly traceIds: string[];
  readonly values: unknown[][];
  /** Traces with new spans. */
  readonly changed: string[];
  /** Traces that gained a link from another trace. */
  readonly linked: string[];
}

class TraceDelta {
  startNs: bigint | null = null;
  endNs: bigint | null = null;
  spans = 0;
  errors = 0;
  links = 0;
  backlinks = 0;
  diskBytes = 0;
  isLinkedFromOutside = false;
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
    if (this.root === undefined || standsBefore(span, this.root)) {
      this.root = span;
      this.rootId = id;
    }
  }
}

/** Whether `a` rather than `b` stands for its trace: the same order as in sql/upsert-traces.sql, whatever came first. */
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
  // All writers lock traces in this order, so that none waits for another in a circle.
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
    ],
    changed: rows.filter(([, { spans: count }]) => count > 0).map(([traceId]) => traceId),
    linked: rows.filter(([, row]) => row.isLinkedFromOutside).map(([traceId]) => traceId),
  };
}
