import type { TraceSummary } from './trace.ts';

/**
 * `GET /api/v1/live`, server-sent events. `event: traces` has the traces that changed since the
 * last event, at most four times a second. If they are too many to list, `overflow` tells the
 * reader to query again. `event: logs` says that log records came in. `event: evicted` names what
 * retention deleted.
 */
export interface LiveTraces {
  readonly traces: readonly TraceSummary[];
  /** Traces that gained a link from another trace, at most 1,000: their backlink counts have changed. */
  readonly linkedTraceIds: readonly string[];
  readonly overflow: boolean;
}

/** Log records that came in since the last event. */
export interface LiveLogs {
  readonly count: number;
  /** Their traces, at most 100. */
  readonly traceIds: readonly string[];
  /** True if there are more traces, or if events were missed. */
  readonly overflow: boolean;
}

export interface LiveEvicted {
  /** Everything that started before this unix time in ns may be deleted. */
  readonly before: string;
  readonly traceCount: number;
}
