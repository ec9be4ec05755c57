import type { Attribute } from './any-value.ts';

/**
 * An `ExportTraceServiceRequest`, the same from protobuf and from JSON. Names follow
 * opentelemetry-proto. A missing field has its protobuf default ('', 0, an empty list), because the
 * wire format cannot tell the two apart.
 */
export interface TracesRequest<SpanForm = Span> {
  readonly resourceSpans: readonly ResourceSpans<SpanForm>[];
}

export interface ResourceSpans<SpanForm = Span> {
  readonly resource: Resource;
  readonly scopeSpans: readonly ScopeSpans<SpanForm>[];
  readonly schemaUrl: string;
}

export interface Resource {
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

export interface ScopeSpans<SpanForm = Span> {
  readonly scope: Scope;
  readonly spans: readonly SpanForm[];
  readonly schemaUrl: string;
}

/** An `InstrumentationScope`. */
export interface Scope {
  readonly name: string;
  readonly version: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

/** Ids are lower-case hex of any length, as sent. {@link judgeSpan} decides if they are valid. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** `undefined` on a root span. */
  readonly parentSpanId: string | undefined;
  readonly traceState: string;
  /** All 32 bits as sent; see {@link SPAN_FLAGS}. */
  readonly flags: number;
  readonly name: string;
  /** See {@link SPAN_KIND}: one higher than the number in `@opentelemetry/api`. */
  readonly kind: number;
  /** Nanoseconds since 1970. */
  readonly startTimeUnixNano: bigint;
  /** Nanoseconds since 1970. */
  readonly endTimeUnixNano: bigint;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly events: readonly SpanEvent[];
  readonly droppedEventsCount: number;
  readonly links: readonly SpanLink[];
  readonly droppedLinksCount: number;
  readonly status: SpanStatus;
}

export interface SpanEvent {
  /** Nanoseconds since 1970. */
  readonly timeUnixNano: bigint;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
}

export interface SpanLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  /** All 32 bits as sent; see {@link SPAN_FLAGS}. */
  readonly flags: number;
}

export interface SpanStatus {
  /** See {@link STATUS_CODE}. */
  readonly code: number;
  readonly message: string;
}

/** Numbers of `Span.SpanKind`. */
export const SPAN_KIND = {
  unspecified: 0,
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
} as const;

/** Numbers of `Status.StatusCode`. */
export const STATUS_CODE = { unset: 0, ok: 1, error: 2 } as const;

/**
 * Bits of `Span.flags` and `Link.flags`: the W3C trace flags in the lower bits, OTLP's additions
 * above.
 */
export const SPAN_FLAGS = {
  sampled: 0x01,
  randomTraceId: 0x02,
  traceFlagsMask: 0xff,
  /**
   * Set if the sender knows whether the context was remote. Without it, `isRemote` has no meaning.
   */
  hasIsRemote: 0x100,
  isRemote: 0x200,
} as const;
