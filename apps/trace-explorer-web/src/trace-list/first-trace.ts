/** A text to copy, and what it does. */
export interface Recipe {
  readonly title: string;
  readonly note: string;
  readonly text: string;
}

/** Ways to send a first trace to the explorer at an address. */
export function firstTraceRecipes(origin: string, nowMs: number): readonly Recipe[] {
  const settings = [
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`,
    'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
    'export OTEL_SERVICE_NAME=my-service',
  ].join('\n');
  return [
    {
      title: 'Any language',
      note: 'Every OpenTelemetry SDK reads these. Set them, then start your application.',
      text: settings,
    },
    {
      title: 'Node.js, with links',
      note: 'This project’s library, with its span-link helpers.',
      text: 'node --import @span-links/tracing/register app.js',
    },
    {
      title: 'Node.js, plain',
      note: 'OpenTelemetry’s own auto-instrumentations.',
      text: 'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node\nnode --import @opentelemetry/auto-instrumentations-node/register app.js',
    },
    { title: 'A single span, now', note: 'One request, from any terminal.', text: curlLine(origin, nowMs) },
  ];
}

/** The ids are of the moment, so that a second try is a second trace. */
function curlLine(origin: string, nowMs: number): string {
  const traceId = nowMs.toString(16).padStart(32, 'a');
  const span = {
    traceId,
    spanId: traceId.slice(16),
    name: 'hello',
    kind: 1,
    startTimeUnixNano: `${nowMs - 120}000000`,
    endTimeUnixNano: `${nowMs}000000`,
  };
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'curl' } }] };
  const body = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] });
  return `curl ${origin}/v1/traces -H 'content-type: application/json' -d '${body}'`;
}
