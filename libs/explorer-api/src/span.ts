import type { Attribute } from './attribute.ts';

/** The words of `Span.SpanKind`. */
export const SPAN_KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The words of `Status.StatusCode`. */
export const SPAN_STATUSES = ['unset', 'ok', 'error'] as const;
export type SpanStatus = (typeof SPAN_STATUSES)[number];

/** What a list or a waterfall shows of a span. Absolute times are decimal text: nanoseconds since 1970 outgrow a JSON number. */
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
  /** Links that this span bears, as received. */
  readonly linkCount: number;
  /** Links that the SDK dropped before it sent the span. */
  readonly droppedLinksCount: number;
  /** Links of other spans, and of itself, that lead to this span. */
  readonly backlinkCount: number;
}

/** What a span's detail panel shows. */
export interface SpanDetail extends SpanSummary {
  readonly statusMessage: string;
  readonly traceState: string;
  /** All 32 bits of the OTLP flags. */
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEventsCount: number;
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
