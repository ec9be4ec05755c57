/**
 * An OTLP `AnyValue` (opentelemetry-proto `common/v1`) as plain JavaScript.
 *
 * `bigint` is an `int64` and `number` a `double`, so that 1 and 1.0 stay different and 64 bits
 * survive. `null` is the empty value. `string_value_strindex` (field 8) belongs to the profiling
 * signal and reads as not set, as the protocol requires of receivers of other signals.
 */
export type AnyValue =
  string | boolean | bigint | number | Uint8Array | readonly AnyValue[] | KeyValueList | null;

/** A nested map. It is a separate object type so that it cannot be mistaken for an array value. */
export interface KeyValueList {
  readonly pairs: readonly Attribute[];
}

/**
 * One key with its value. Attributes are kept as a list of these, not as a `Map` or an object:
 * order and duplicate keys are part of the sent data, no key can reach a prototype, and a list is
 * the cheapest shape to decode into.
 */
export interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

/**
 * Arrays and maps may nest this deep inside a value. Parsers with protobuf's usual limit of 100
 * messages take at most 47 levels, so this limit refuses nothing that passes them.
 */
export const MAX_VALUE_DEPTH = 48;

/** True if a value is a nested map (`kvlist_value`). */
export function isKeyValueList(value: AnyValue): value is KeyValueList {
  return typeof value === 'object' && value !== null && 'pairs' in value;
}

/**
 * The value of the last attribute with this key, as readers with a last-one-wins rule see it;
 * `undefined` if there is none.
 */
export function findAttribute(attributes: readonly Attribute[], key: string): AnyValue | undefined {
  return attributes.findLast((attribute) => attribute.key === key)?.value;
}

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

/**
 * An `ExportLogsServiceRequest`, the same from protobuf and from JSON. A missing field has its
 * protobuf default.
 */
export interface LogsRequest {
  readonly resourceLogs: readonly ResourceLogs[];
}

export interface ResourceLogs {
  readonly resource: Resource;
  readonly scopeLogs: readonly ScopeLogs[];
  readonly schemaUrl: string;
}

export interface ScopeLogs {
  readonly scope: Scope;
  readonly logRecords: readonly LogRecord[];
  readonly schemaUrl: string;
}

/** Ids are lower-case hex of any length, as sent; '' for none. */
export interface LogRecord {
  /** Nanoseconds since 1970; 0 if the sender does not know it. */
  readonly timeUnixNano: bigint;
  /** Nanoseconds since 1970. */
  readonly observedTimeUnixNano: bigint;
  /** 1 to 24; 0 if the record has none. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** Not empty if the record is an event, such as `exception`. */
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
}
