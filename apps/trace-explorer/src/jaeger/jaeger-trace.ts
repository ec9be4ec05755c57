import type { Attribute, AttributeValue, LogRecord, SpanDetail, SpanEvent } from '@span-links/explorer-api';
import type { FullSpan, FullTrace } from '@span-links/trace-store';

/**
 * The JSON of Jaeger's query service (its `model/json`), as Jaeger UI and Grafana read it. Times
 * are in µs.
 */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: readonly string[] | null;
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

/**
 * A trace in Jaeger's format. Links become references, which have no room for their attributes.
 *
 * @param spanCount of the trace in the store. If it has more spans than these, a warning says so.
 */
export function jaegerTrace({ traceId, spans }: FullTrace, spanCount = spans.length): JaegerTrace {
  const processes = new ProcessTable();
  const present = new Set(spans.map(({ spanId }) => spanId));
  const truncation = truncationWarning(spans.length, spanCount);
  return {
    traceID: traceId,
    spans: spans.map((span, index) =>
      // Jaeger's page only shows the warnings of spans, so the first span has it too.
      jaegerSpan(span, processes.idOf(span), present, index === 0 ? truncation : []),
    ),
    processes: processes.table(),
    warnings: truncation.length > 0 ? truncation : null,
  };
}

/** A warning if there are more spans than in the answer; otherwise empty. */
export function truncationWarning(shown: number, spanCount: number): string[] {
  if (spanCount <= shown) return [];
  return [`This trace has ${spanCount} spans; the answer holds the first ${shown}.`];
}

function jaegerSpan(
  span: FullSpan,
  processID: string,
  present: ReadonlySet<string>,
  warnings: readonly string[],
): JaegerSpan {
  const { references, withheld } = referencesOf(span, present);
  const all = [...warnings, ...warningsOf(span), ...withheld];
  return {
    traceID: span.traceId,
    spanID: span.spanId,
    // The W3C trace flags. The bits above them belong to OTLP.
    flags: span.flags & 0xff,
    operationName: span.name,
    references,
    startTime: microseconds(span.startTime),
    duration: Math.floor(span.durationNs / 1_000),
    tags: tagsOf(span),
    logs: logsOf(span),
    processID,
    warnings: all.length > 0 ? all : null,
  };
}

function warningsOf(span: FullSpan): string[] {
  const { droppedLinksCount, startTime, endTime, sentStartTime, timeProblem, sharedSpanId } = span;
  const warnings: string[] = [];
  if (droppedLinksCount > 0) warnings.push(`The SDK dropped ${droppedLinksCount} links of this span.`);
  if (timeProblem === 'no_start') warnings.push('This span was sent without a start time.');
  if (timeProblem === 'future_start')
    warnings.push(`This span was sent with a start in the future: ${sentStartTime} ns since 1970.`);
  const earlyNs = sentStartTime === undefined ? BigInt(startTime) - BigInt(endTime) : 0n;
  if (earlyNs > 0n) warnings.push(`The end of this span was sent as ${earlyNs} ns before its start.`);
  if (sharedSpanId !== undefined)
    warnings.push(`This span was sent with the ID ${sharedSpanId}, which another span of this trace has.`);
  return warnings;
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

/**
 * The parent first, then the links. Jaeger's page and Grafana take the first reference to a span of
 * the current trace as the parent (jaeger-ui#4320, grafana#106589). On a span with a missing
 * parent, a link into its own trace would make a root a child, and a trace could lose its only
 * root. Such links become a warning instead.
 */
function referencesOf(
  { traceId, spanId, parentSpanId, links }: FullSpan,
  present: ReadonlySet<string>,
): { readonly references: JaegerReference[]; readonly withheld: string[] } {
  const references: JaegerReference[] = [];
  const withheld: string[] = [];
  if (parentSpanId !== null) references.push({ refType: 'CHILD_OF', traceID: traceId, spanID: parentSpanId });
  const hasParent = parentSpanId !== null && parentSpanId !== spanId && present.has(parentSpanId);
  for (const link of links) {
    if (!TRACE_ID.test(link.traceId) || !SPAN_ID.test(link.spanId)) continue;
    const isOwnTrace = link.traceId === traceId;
    // The parent already has a reference.
    if (isOwnTrace && link.spanId === parentSpanId) continue;
    // Readers only compare span ids.
    if (!hasParent && present.has(link.spanId)) {
      withheld.push(
        `This span links to span ${link.spanId} of ${isOwnTrace ? 'this trace' : `trace ${link.traceId}`}.`,
      );
      continue;
    }
    references.push({ refType: refTypeOf(link.attributes), traceID: link.traceId, spanID: link.spanId });
  }
  return { references, withheld };
}

function refTypeOf(attributes: readonly Attribute[]): JaegerReference['refType'] {
  const said = attributes.find(({ key }) => key === 'opentracing.ref_type');
  return said?.type === 'string' && said.value === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
}

/**
 * @see https://opentelemetry.io/docs/specs/otel/common/mapping-to-non-otlp/ for the names of OTLP
 * fields that are no attributes.
 */
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

/** Events and log records of a span are one list in Jaeger. */
function logsOf({ events, logs = [] }: FullSpan): JaegerSpan['logs'] {
  const all = [...events.map(logOf), ...logs.map(logOfRecord)];
  return logs.length === 0 ? all : all.sort((a, b) => a.timestamp - b.timestamp);
}

function logOfRecord({ time, eventName, severity, severityText, body, attributes }: LogRecord) {
  const text = (key: string, value: string): JaegerTag[] =>
    value === '' ? [] : [{ key, type: 'string', value }];
  return {
    timestamp: microseconds(time),
    fields: [
      ...text('event', eventName),
      ...text('level', severityText || (severity === 0 ? '' : String(severity))),
      ...(body ? [jaegerTag({ key: 'message', ...body })] : []),
      ...attributes.map(jaegerTag),
    ],
  };
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
      // Text if JavaScript would round it.
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

/** A nested value as plain JSON. */
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

/** Jaeger's numbers cannot exceed 2^53. A time in µs does not until the year 2255. */
function microseconds(unixNs: string): number {
  return Number(BigInt(unixNs) / 1_000n);
}

/** Resources, each written once per trace. */
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
