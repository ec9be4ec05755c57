import type { Attribute, AttributeValue, SpanDetail, SpanEvent } from '@span-links/explorer-api';
import type { FullSpan, FullTrace } from '@span-links/trace-store';

/** The JSON of Jaeger's query service (its `model/json`), as Jaeger UI and Grafana read it. Times are in µs. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: null;
}

export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly flags: number;
  readonly operationName: string;
  readonly references: readonly JaegerReference[];
  readonly startTime: number;
  readonly duration: number;
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly processID: string;
  readonly warnings: readonly string[] | null;
}

export interface JaegerReference {
  readonly refType: 'CHILD_OF' | 'FOLLOWS_FROM';
  readonly traceID: string;
  readonly spanID: string;
}

export interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

export interface JaegerTag {
  readonly key: string;
  readonly type: 'string' | 'bool' | 'int64' | 'float64' | 'binary';
  readonly value: string | number | boolean;
}

/** A trace in Jaeger's terms: links become references, what they have of attributes has no place there. */
export function jaegerTrace({ traceId, spans }: FullTrace): JaegerTrace {
  const processes = new ProcessTable();
  return {
    traceID: traceId,
    spans: spans.map((span) => jaegerSpan(span, processes.idOf(span))),
    processes: processes.table(),
    warnings: null,
  };
}

function jaegerSpan(span: FullSpan, processID: string): JaegerSpan {
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    // The W3C trace flags; the bits above them are OTLP's own.
    flags: span.flags & 0xff,
    operationName: span.name,
    references: referencesOf(span),
    startTime: microseconds(span.startTime),
    duration: Math.floor(span.durationNs / 1_000),
    tags: tagsOf(span),
    logs: span.events.map(logOf),
    processID,
    warnings:
      span.droppedLinksCount > 0 ? [`The SDK dropped ${span.droppedLinksCount} links of this span.`] : null,
  };
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

/** The parent first: readers take the first CHILD_OF for it. */
function referencesOf({ traceId, parentSpanId, links }: FullSpan): JaegerReference[] {
  const parent =
    parentSpanId === null ? [] : [{ refType: 'CHILD_OF' as const, traceID: traceId, spanID: parentSpanId }];
  const linked = links
    .filter((link) => TRACE_ID.test(link.traceId) && SPAN_ID.test(link.spanId))
    .map((link) => ({ refType: refTypeOf(link.attributes), traceID: link.traceId, spanID: link.spanId }));
  return [...parent, ...linked];
}

function refTypeOf(attributes: readonly Attribute[]): JaegerReference['refType'] {
  const said = attributes.find(({ key }) => key === 'opentracing.ref_type');
  return said?.type === 'string' && said.value === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
}

/** @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/ for the names of what is no attribute in OTLP. */
function tagsOf(span: SpanDetail): JaegerTag[] {
  const text = (key: string, value: string): JaegerTag[] =>
    value === '' ? [] : [{ key, type: 'string', value }];
  const dropped = (key: string, count: number): JaegerTag[] =>
    count === 0 ? [] : [{ key, type: 'int64', value: count }];
  return [
    ...text('otel.scope.name', span.scope.name),
    ...text('otel.scope.version', span.scope.version),
    ...span.attributes.map(jaegerTag),
    ...text('span.kind', span.kind === 'unspecified' ? '' : span.kind),
    ...text('otel.status_code', span.status === 'unset' ? '' : span.status.toUpperCase()),
    ...(span.status === 'error' ? [{ key: 'error', type: 'bool' as const, value: true }] : []),
    ...text('otel.status_description', span.statusMessage),
    ...text('w3c.tracestate', span.traceState),
    ...dropped('otel.dropped_attributes_count', span.droppedAttributesCount),
    ...dropped('otel.dropped_events_count', span.droppedEventsCount),
    ...dropped('otel.dropped_links_count', span.droppedLinksCount),
  ];
}

function logOf({ time, name, attributes }: SpanEvent) {
  const event: JaegerTag[] = name === '' ? [] : [{ key: 'event', type: 'string', value: name }];
  return { timestamp: microseconds(time), fields: [...event, ...attributes.map(jaegerTag)] };
}

function jaegerTag({ key, ...value }: Attribute): JaegerTag {
  switch (value.type) {
    case 'string':
    case 'bool':
      return { key, type: value.type, value: value.value };
    case 'int': {
      const number = Number(value.value);
      // As text where JavaScript would round it.
      return { key, type: 'int64', value: Number.isSafeInteger(number) ? number : value.value };
    }
    case 'double':
      return { key, type: 'float64', value: value.value };
    case 'bytes':
      return { key, type: 'binary', value: value.value };
    case 'array':
    case 'map':
      return { key, type: 'string', value: JSON.stringify(plain(value)) };
    case 'empty':
      return { key, type: 'string', value: '' };
  }
}

/** What JSON can say of a nested value. */
function plain(value: AttributeValue): unknown {
  switch (value.type) {
    case 'array':
      return value.value.map(plain);
    case 'map':
      return Object.fromEntries(value.value.map(({ key, ...inner }) => [key, plain(inner)]));
    case 'int':
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value;
    case 'empty':
      return null;
    case 'string':
    case 'bool':
    case 'double':
    case 'bytes':
      return value.value;
  }
}

/** Jaeger's numbers cannot be beyond 2^53; a time in µs is not until the year 2255. */
function microseconds(unixNs: string): number {
  return Number(BigInt(unixNs) / 1_000n);
}

/** Resources, each written once in a trace. */
class ProcessTable {
  readonly #ids = new Map<string, string>();
  readonly #processes: Record<string, JaegerProcess> = {};

  idOf({ service, resource }: SpanDetail): string {
    const key = JSON.stringify([service, resource.attributes]);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = `p${this.#ids.size + 1}`;
    this.#ids.set(key, id);
    const tags = resource.attributes.filter((attribute) => attribute.key !== 'service.name').map(jaegerTag);
    this.#processes[id] = { serviceName: service, tags };
    return id;
  }

  table(): Readonly<Record<string, JaegerProcess>> {
    return this.#processes;
  }
}
