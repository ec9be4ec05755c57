type Json = Record<string, unknown>;

/** A span for OTLP/JSON, with the fields that a test needs. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name?: string;
  readonly service?: string;
  /** The offset from the moment at which all traces of the suite begin. */
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly kind?: number;
  readonly error?: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
  readonly events?: readonly { name: string; attributes?: Readonly<Record<string, string | number>> }[];
  readonly links?: readonly SentLink[];
}

export interface SentLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** Different hex ids that can be recognised in a failure. */
export const traceIdOf = (n: number) => `a${n.toString(16).padStart(31, '0')}`;
export const spanIdOf = (n: number) => `b${n.toString(16).padStart(15, '0')}`;

// Close to now, because the explorer drops data that is older than its retention. In whole seconds,
// so that spans of a file fit together.
const BEGIN_MS = Math.floor(Date.now() / 1_000) * 1_000 - 3_600_000;

/** Sends spans like an OpenTelemetry SDK, and waits until the explorer has stored them. */
export async function send(url: string, spans: readonly SentSpan[]): Promise<void> {
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceSpans: resourcesOf(spans) }),
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('rejectedSpans')) throw new Error(`${response.status}: ${answer}`);
}

/** A log record for OTLP/JSON. */
export interface SentLog {
  readonly traceId?: string;
  readonly spanId?: string;
  readonly severityNumber: number;
  readonly eventName?: string;
  readonly body?: string;
  /** As of a span. */
  readonly atMs?: number;
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** Sends log records of one service, and waits until the explorer has stored them. */
export async function sendLogs(url: string, service: string, logs: readonly SentLog[]): Promise<void> {
  const logRecords = logs.map(({ atMs = 0, body, attributes = {}, ...log }) => ({
    ...log,
    timeUnixNano: nanos(BEGIN_MS + atMs),
    attributes: attributesOf(attributes),
    ...(body !== undefined && { body: { stringValue: body } }),
  }));
  const resource = { attributes: attributesOf({ 'service.name': service }) };
  const response = await fetch(`${url}/v1/logs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords }] }] }),
  });
  const answer = await response.text();
  if (!response.ok || answer !== '{}') throw new Error(`${response.status}: ${answer}`);
}

function resourcesOf(spans: readonly SentSpan[]): Json[] {
  const serviceOf = ({ service = 'orders-api' }: SentSpan) => service;
  return [...new Set(spans.map(serviceOf))].map((service) => ({
    resource: { attributes: attributesOf({ 'service.name': service }) },
    scopeSpans: [
      { scope: { name: 'test' }, spans: spans.filter((span) => serviceOf(span) === service).map(spanOf) },
    ],
  }));
}

function spanOf({ startMs = 0, durationMs = 5, ...span }: SentSpan): Json {
  const start = BEGIN_MS + startMs;
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId && { parentSpanId: span.parentSpanId }),
    name: span.name ?? 'work',
    kind: span.kind ?? 1,
    flags: 257,
    startTimeUnixNano: nanos(start),
    endTimeUnixNano: nanos(start + durationMs),
    attributes: attributesOf(span.attributes ?? {}),
    events: (span.events ?? []).map(({ name, attributes = {} }) => ({
      timeUnixNano: nanos(start),
      name,
      attributes: attributesOf(attributes),
    })),
    links: (span.links ?? []).map(({ attributes = {}, ...link }) => ({
      ...link,
      flags: 257,
      attributes: attributesOf(attributes),
    })),
    ...(span.error !== undefined && { status: { code: 2, message: span.error } }),
  };
}

const nanos = (ms: number) => `${BigInt(Math.round(ms * 1_000)) * 1_000n}`;

function attributesOf(values: Readonly<Record<string, string | number>>): Json[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  }));
}
