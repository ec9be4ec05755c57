/** The repeated elements of a request. A few bytes of each can become many objects. */
export const ELEMENT_KINDS = [
  'resources',
  'scopes',
  'spans',
  'attributes',
  'events',
  'links',
  'values',
  'dataPoints',
  'logRecords',
] as const;

export type ElementKind = (typeof ELEMENT_KINDS)[number];

/**
 * The maximum number of elements of each kind in one request. `attributes` are those of resources,
 * scopes, spans, events, links and log records, and the entries of maps in their values. `values`
 * are the entries of lists, and in JSON the entries of fields that OTLP does not know. `dataPoints`
 * are those of metrics, which are counted and not kept. `fieldsPerItem` bounds the fields of one
 * span, resource or scope with all its content, because this is the work that is done in one piece.
 */
export type ElementLimits = Readonly<Record<ElementKind | 'fieldsPerItem', number>>;

/** A normal request of 16 MiB stays below all of these. */
export const DEFAULT_ELEMENT_LIMITS: ElementLimits = Object.freeze({
  resources: 10_000,
  scopes: 20_000,
  spans: 50_000,
  attributes: 600_000,
  events: 200_000,
  links: 200_000,
  values: 600_000,
  dataPoints: 600_000,
  logRecords: 200_000,
  fieldsPerItem: 500_000,
});

export const NO_ELEMENT_LIMITS: ElementLimits = Object.freeze({
  ...Object.fromEntries(ELEMENT_KINDS.map((kind) => [kind, Infinity])),
  fieldsPerItem: Infinity,
} as Record<ElementKind | 'fieldsPerItem', number>);

/** A request has more elements of one kind than accepted. OTLP/HTTP answers it with 413. */
export class TooManyElements extends Error {
  override readonly name = 'TooManyElements';
  readonly limit: keyof ElementLimits;

  constructor(limit: keyof ElementLimits, allowed: number) {
    const what =
      limit === 'fieldsPerItem' ? 'fields in one span, resource or scope' : `${limit} in one request`;
    super(`More than ${allowed} ${what} (limit ${limit}); send smaller batches`);
    this.limit = limit;
  }
}

/** Counts elements as they come in, and throws at the first one above the limit. */
export class ElementTally {
  readonly #limits: ElementLimits;
  readonly #counts = new Float64Array(ELEMENT_KINDS.length);
  readonly #most: Float64Array;
  readonly #mostFields: number;
  #fields = 0;

  constructor(limits: ElementLimits) {
    this.#limits = limits;
    this.#most = Float64Array.from(ELEMENT_KINDS, (kind) => limits[kind]);
    this.#mostFields = limits.fieldsPerItem;
  }

  countOf(kind: ElementKind): number {
    return this.#counts[ELEMENT_KINDS.indexOf(kind)] ?? 0;
  }

  /** @param index of the kind in {@link ELEMENT_KINDS} */
  add(index: number): void {
    const count = ++this.#counts[index]!;
    if (count <= this.#most[index]!) return;
    const kind = ELEMENT_KINDS[index]!;
    throw new TooManyElements(kind, this.#limits[kind]);
  }

  addField(): void {
    if (++this.#fields > this.#mostFields) throw new TooManyElements('fieldsPerItem', this.#mostFields);
  }

  /** The next fields belong to another span, resource or scope. */
  startItem(): void {
    this.#fields = 0;
  }
}

/**
 * A field that holds messages. Fields of other types need no entry because they hold no elements.
 */
export interface MessageField {
  /** The name in OTLP/JSON. */
  readonly name: Buffer;
  readonly message: MessageShape;
  /**
   * The index of the repeated element in {@link ELEMENT_KINDS}; -1 if the field does not repeat.
   */
  readonly kind: number;
}

/**
 * The fields of one OTLP message that hold other messages, which is enough to find every repeated
 * element.
 */
export interface MessageShape {
  readonly name: string;
  /** Fields by their protobuf number. */
  readonly byNumber: readonly (MessageField | undefined)[];
  readonly fields: readonly MessageField[];
  /** True if a span, resource or scope starts here. Its fields are counted separately. */
  readonly isItem: boolean;
}

interface GrowingShape extends MessageShape {
  readonly byNumber: (MessageField | undefined)[];
  readonly fields: MessageField[];
}

function shape(name: string, isItem = false): GrowingShape {
  return { name, byNumber: [], fields: [], isItem };
}

function addField(
  to: GrowingShape,
  number: number,
  name: string,
  message: MessageShape,
  kind?: ElementKind,
): void {
  const field = {
    name: Buffer.from(name),
    message,
    kind: kind === undefined ? -1 : ELEMENT_KINDS.indexOf(kind),
  };
  to.byNumber[number] = field;
  to.fields.push(field);
}

/** The index of `values`. Entries of unknown lists count as values. */
export const VALUES_KIND = ELEMENT_KINDS.indexOf('values');

const ANY_VALUE = shape('AnyValue');
export const ARRAY_VALUE = shape('ArrayValue');
export const KEY_VALUE_LIST = shape('KeyValueList');
const KEY_VALUE = shape('KeyValue');
const RESOURCE = shape('Resource', true);
const SCOPE = shape('InstrumentationScope', true);
const EVENT = shape('Event');
const LINK = shape('Link');
export const SPAN = shape('Span', true);
export const SCOPE_SPANS = shape('ScopeSpans', true);
export const RESOURCE_SPANS = shape('ResourceSpans', true);
/** An `ExportTraceServiceRequest`. */
export const TRACES_REQUEST = shape('ExportTraceServiceRequest', true);
/** A request that is not read. */
export const UNREAD_REQUEST = shape('Unread', true);
/** An `ExportLogsServiceRequest`. */
export const LOGS_REQUEST = shape('ExportLogsServiceRequest', true);
const RESOURCE_LOGS = shape('ResourceLogs', true);
const SCOPE_LOGS = shape('ScopeLogs', true);
const LOG_RECORD = shape('LogRecord', true);

/** An `ExportMetricsServiceRequest` down to its data points. */
export const METRICS_REQUEST = shape('ExportMetricsServiceRequest', true);
const RESOURCE_METRICS = shape('ResourceMetrics', true);
const SCOPE_METRICS = shape('ScopeMetrics', true);
const METRIC = shape('Metric');
const METRIC_DATA = shape('Metric data');
const DATA_POINT = shape('Data point', true);

// Numbers and names of opentelemetry-proto: collector/trace/v1, trace/v1, common/v1, metrics/v1, logs/v1.
addField(TRACES_REQUEST, 1, 'resourceSpans', RESOURCE_SPANS, 'resources');
addField(RESOURCE_SPANS, 1, 'resource', RESOURCE);
addField(RESOURCE_SPANS, 2, 'scopeSpans', SCOPE_SPANS, 'scopes');
addField(RESOURCE, 1, 'attributes', KEY_VALUE, 'attributes');
addField(SCOPE_SPANS, 1, 'scope', SCOPE);
addField(SCOPE_SPANS, 2, 'spans', SPAN, 'spans');
addField(SCOPE, 3, 'attributes', KEY_VALUE, 'attributes');
addField(SPAN, 9, 'attributes', KEY_VALUE, 'attributes');
addField(SPAN, 11, 'events', EVENT, 'events');
addField(SPAN, 13, 'links', LINK, 'links');
addField(EVENT, 3, 'attributes', KEY_VALUE, 'attributes');
addField(LINK, 4, 'attributes', KEY_VALUE, 'attributes');
addField(KEY_VALUE, 2, 'value', ANY_VALUE);
addField(ANY_VALUE, 5, 'arrayValue', ARRAY_VALUE);
addField(ANY_VALUE, 6, 'kvlistValue', KEY_VALUE_LIST);
addField(ARRAY_VALUE, 1, 'values', ANY_VALUE, 'values');
addField(KEY_VALUE_LIST, 1, 'values', KEY_VALUE, 'attributes');
addField(METRICS_REQUEST, 1, 'resourceMetrics', RESOURCE_METRICS, 'resources');
addField(RESOURCE_METRICS, 2, 'scopeMetrics', SCOPE_METRICS, 'scopes');
addField(SCOPE_METRICS, 2, 'metrics', METRIC, 'values');
addField(METRIC, 5, 'gauge', METRIC_DATA);
addField(METRIC, 7, 'sum', METRIC_DATA);
addField(METRIC, 9, 'histogram', METRIC_DATA);
addField(METRIC, 10, 'exponentialHistogram', METRIC_DATA);
addField(METRIC, 11, 'summary', METRIC_DATA);
addField(METRIC_DATA, 1, 'dataPoints', DATA_POINT, 'dataPoints');
addField(LOGS_REQUEST, 1, 'resourceLogs', RESOURCE_LOGS, 'resources');
addField(RESOURCE_LOGS, 2, 'scopeLogs', SCOPE_LOGS, 'scopes');
addField(RESOURCE_LOGS, 1, 'resource', RESOURCE);
addField(SCOPE_LOGS, 1, 'scope', SCOPE);
addField(SCOPE_LOGS, 2, 'logRecords', LOG_RECORD, 'logRecords');
addField(LOG_RECORD, 5, 'body', ANY_VALUE);
addField(LOG_RECORD, 6, 'attributes', KEY_VALUE, 'attributes');
