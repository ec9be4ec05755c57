import type { SpanSummary } from './span.ts';

/** A row of the trace list. */
export interface TraceSummary {
  readonly traceId: string;
  /** The span that stands for the trace: its root, or the earliest span while the root has not been received. */
  readonly root: Pick<SpanSummary, 'spanId' | 'service' | 'name' | 'kind' | 'status'> & {
    readonly received: boolean;
  };
  /** Unix time in ns of the earliest span. */
  readonly startTime: string;
  /** From the earliest start to the latest end, in ns. */
  readonly durationNs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** Links that its spans bear. */
  readonly linkCount: number;
  /** Links, of whatever trace, that lead to its spans. */
  readonly backlinkCount: number;
  /** Of all its spans, at most 20, in alphabetical order. */
  readonly services: readonly string[];
}

/** `GET /api/v1/traces`: newest first. */
export interface TracePage {
  readonly traces: readonly TraceSummary[];
  /** For the next page's `cursor`; `null` at the end. */
  readonly nextCursor: string | null;
  /** Unix time in ns at which a search that no index helps stopped for now; `nextCursor` goes on from there. Else `null`. */
  readonly searchedBackTo: string | null;
}

/** `GET /api/v1/spans`: newest first. */
export interface SpanPage {
  readonly spans: readonly SpanSummary[];
  readonly nextCursor: string | null;
  /** As in a page of traces. */
  readonly searchedBackTo: string | null;
}

/** `GET /api/v1/traces/:traceId`. */
export interface TraceView {
  readonly summary: TraceSummary;
  /** By start time, then by span id; at most the server's limit. */
  readonly spans: readonly SpanSummary[];
  /** True where the trace has more spans than `spans` holds. */
  readonly truncated: boolean;
}
