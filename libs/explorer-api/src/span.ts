import type { Attribute } from './attribute.ts';
import type { LogRecord } from './log.ts';

/** The words of `Span.SpanKind`. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The words of `Status.StatusCode`. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/**
 * Why the times of a span differ from the sent ones:
 * - `no_start`: it was sent without a start, and begins at its end or at its arrival.
 * - `future_start`: it starts more than an hour after its arrival, and is shown as if it had ended
 * then.
 * - `ends_before_start`: it is shown with no duration; `endTime` in its details has the sent end.
 */
export type TimeProblem = 'no_start' | 'future_start' | 'ends_before_start';

/**
 * The fields of a span in a list or a waterfall. Absolute times are decimal text because
 * nanoseconds since 1970 exceed a JSON number.
 */
export interface SpanSummary {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** `null` on a root span. The parent may not have been received. */
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly name: string;
  readonly kind: SpanKind;
  readonly status: SpanStatus;
  /** Unix time in ns. */
  readonly startTime: string;
  /** In ns; never negative. */
  readonly durationNs: number;
  /** Links of this span, as received. */
  readonly linkCount: number;
  /** Links that the SDK dropped before it sent the span. */
  readonly droppedLinksCount: number;
  /** Links to this span from other spans and from itself. */
  readonly backlinkCount: number;
  /**
   * Why it failed: its status message, or the message of its exception; `null` if it has none or
   * did not fail.
   */
  readonly message: string | null;
  /** Missing on nearly all spans. */
  readonly timeProblem?: TimeProblem;
  /**
   * The sent ID, if another span of the trace has it too; `spanId` is then generated. Missing on
   * nearly all spans.
   */
  readonly sharedSpanId?: string;
}

/** The fields of a span's detail panel. */
export interface SpanDetail extends SpanSummary {
  /**
   * Unix time in ns, as sent. It is before `startTime` if the sender's clock was set back, and
   * `durationNs` is then 0.
   */
  readonly endTime: string;
  /** Unix time in ns, as sent, if it cannot be true; see `timeProblem`. */
  readonly sentStartTime?: string;
  /**
   * The sent parent, `null` for none, if the span shares its ID and is below the other span with
   * it.
   */
  readonly sentParentSpanId?: string | null;
  readonly statusMessage: string;
  readonly traceState: string;
  /** All 32 bits of the OTLP flags. */
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEventsCount: number;
  /** Log records of this span in time order, at most the first 1,000; missing if there are none. */
  readonly logs?: readonly LogRecord[];
  readonly resource: ResourceDetail;
  readonly scope: ScopeDetail;
  /** Unix time in ms at which the explorer stored it. */
  readonly receivedAt: number;
}

export interface SpanEvent {
  /** Unix time in ns. */
  readonly time: string;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

export interface ResourceDetail {
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly schemaUrl: string;
}

export interface ScopeDetail {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly schemaUrl: string;
}
