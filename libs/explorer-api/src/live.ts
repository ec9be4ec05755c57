import type { TraceSummary } from './trace.ts';

/**
 * `GET /api/v1/live`, server-sent events. `event: traces` carries the traces that changed since the last one, at most four times
 * a second; with too many to list, `overflow` says that the reader had better ask anew. `event: evicted` names what retention took.
 */
export interface LiveTraces {
  readonly traces: readonly TraceSummary[];
  /** Traces that gained a link from another trace, at most 1,000: their backlink counts have changed. */
  readonly linkedTraceIds: readonly string[];
  readonly overflow: boolean;
}

export interface LiveEvicted {
  /** Everything that started before this unix time in ns may be gone. */
  readonly before: string;
  readonly traceCount: number;
}
