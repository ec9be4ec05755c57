import type { JourneySummary } from './journey.ts';
import type { SpanSummary } from './span.ts';

/** A row of the trace list. */
export interface TraceSummary {
  readonly traceId: string;
  /**
   * The span that represents the trace: its root, or the earliest span until the root is received.
   */
  readonly root: Pick<SpanSummary, 'spanId' | 'service' | 'name' | 'kind' | 'status'> & {
    readonly received: boolean;
  };
  /** Unix time in ns of the earliest span. */
  readonly startTime: string;
  /** From the earliest start to the latest end, in ns. */
  readonly durationNs: number;
  readonly spanCount: number;
  readonly errorCount: number;
  /** Links of its spans. */
  readonly linkCount: number;
  /** Links to its spans, from any trace. */
  readonly backlinkCount: number;
  /** The services of all its spans, at most 20, in alphabetical order. */
  readonly services: readonly string[];
  /** The first of its errors with a message, otherwise the first error; `null` if there is none. */
  readonly error: Pick<SpanSummary, 'spanId' | 'service' | 'name' | 'message'> | null;
}

/** `GET /api/v1/trace-names?traceId=`: what tells traces from others of their kind. */
export interface TraceNames {
  /**
   * By trace: attributes such as `order.id` that have one value in its first 50 spans and their
   * links. Traces without any are missing.
   */
  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/**
 * `GET /api/v1/traces/:traceId/find`: spans whose attributes, events or messages contain all words
 * of a text.
 */
export interface SpanMatches {
  /** In time order, at most 1,000. */
  readonly spanIds: readonly string[];
  readonly truncated: boolean;
}

/** Errors with the same text. */
export interface ErrorGroup {
  readonly service: string;
  readonly operation: string;
  /** `exception.type`; `null` if no exception was recorded. */
  readonly exception: string | null;
  readonly message: string | null;
  readonly count: number;
  /** Unix time in ns of the first and the last error, and the last one itself. */
  readonly first: string;
  readonly last: string;
  readonly traceId: string;
  readonly spanId: string;
}

/**
 * `GET /api/v1/errors`: the newest errors of a time range, grouped by their text, most frequent
 * first.
 */
export interface ErrorPage {
  readonly groups: readonly ErrorGroup[];
  /** The number of errors that were read, at most 5,000. */
  readonly count: number;
  /** True if there are more errors or groups. */
  readonly truncated: boolean;
}

/** `GET /api/v1/traces`: newest first. */
export interface TracePage {
  readonly traces: readonly TraceSummary[];
  /** For the next page's `cursor`; `null` at the end. */
  readonly nextCursor: string | null;
  /**
   * Unix time in ns at which a search without an index stopped for now. `nextCursor` continues from
   * there. Otherwise `null`.
   */
  readonly searchedBackTo: string | null;
  /** If nothing was found: an unknown name in the query and the nearest known name. */
  readonly hint?: string;
}

/** `GET /api/v1/spans`: newest first. */
export interface SpanPage {
  readonly spans: readonly SpanSummary[];
  readonly nextCursor: string | null;
  /** As in a page of traces. */
  readonly searchedBackTo: string | null;
  /** As in a page of traces. */
  readonly hint?: string;
}

/** The journey that a trace begins, otherwise the newest one that it is part of. */
export interface JourneyOfTrace {
  readonly journeyId: string;
  readonly item: JourneySummary['item'];
  /** How many journeys the trace is part of. */
  readonly memberOf: number;
}

/** `GET /api/v1/traces/:traceId`. */
export interface TraceView {
  readonly summary: TraceSummary;
  /** By start time, then by span id; at most the server's limit. */
  readonly spans: readonly SpanSummary[];
  /** True if the trace has more spans than `spans`. */
  readonly truncated: boolean;
  /** `null` while it is part of none. Journeys follow their spans by about two seconds. */
  readonly journey: JourneyOfTrace | null;
}
