/** A text to copy, with an explanation. */
export interface Recipe {
  readonly title: string;
  readonly note: string;
  readonly text: string;
}

/** How an application in a language sends its traces. */
export interface LanguageAdvice {
  readonly language: string;
  readonly recipes: readonly Recipe[];
}

/** Without it, these exporters use gRPC. */
const HTTP = 'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf';

/** docs/other-languages.md has the same in detail. */
const LANGUAGES: readonly (LanguageAdvice & { readonly variables: readonly string[] })[] = [
  { language: 'Any language', variables: [HTTP], recipes: [] },
  {
    language: 'Node.js',
    variables: [HTTP],
    recipes: [
      {
        title: 'With links',
        note: 'This project’s library, with its span-link helpers.',
        text: 'node --import @span-links/tracing/register app.js',
      },
      {
        title: 'Plain',
        note: 'OpenTelemetry’s own auto-instrumentations.',
        text: 'npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node\nnode --import @opentelemetry/auto-instrumentations-node/register app.js',
      },
    ],
  },
  {
    language: 'Python',
    variables: [HTTP, 'OTEL_METRICS_EXPORTER=none'],
    recipes: [
      {
        title: 'Run it',
        note: 'Instruments the libraries that it finds.',
        text: 'pip install opentelemetry-distro opentelemetry-exporter-otlp-proto-http\nopentelemetry-bootstrap -a install\nopentelemetry-instrument python app.py',
      },
    ],
  },
  {
    language: 'Java',
    variables: ['OTEL_METRICS_EXPORTER=none'],
    recipes: [
      {
        title: 'Run it',
        note: 'The agent is one file; it sends over HTTP by itself.',
        text: 'java -javaagent:opentelemetry-javaagent.jar -jar app.jar',
      },
    ],
  },
  {
    language: 'Go',
    variables: [],
    recipes: [
      {
        title: 'In main',
        note: 'The exporter reads the variables.',
        text: [
          'exporter, err := otlptracehttp.New(ctx)',
          'if err != nil {',
          '\tlog.Fatal(err)',
          '}',
          'provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter))',
          'defer provider.Shutdown(ctx)',
          'otel.SetTracerProvider(provider)',
        ].join('\n'),
      },
    ],
  },
  {
    language: '.NET',
    variables: [HTTP],
    recipes: [
      {
        title: 'In Program.cs',
        note: 'With OpenTelemetry.Extensions.Hosting, OpenTelemetry.Exporter.OpenTelemetryProtocol and OpenTelemetry.Instrumentation.AspNetCore.',
        text: 'builder.Services.AddOpenTelemetry()\n    .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddOtlpExporter());',
      },
    ],
  },
];

/**
 * Steps to send a first trace to the explorer at an address, by language. The first entry is for
 * any language.
 */
export function firstTraceAdvice(origin: string, nowMs: number): readonly LanguageAdvice[] {
  return LANGUAGES.map(({ language, variables, recipes }, index) => {
    const single = { title: 'A single span, now', note: 'One request, from any terminal.' };
    const curl = index === 0 ? [{ ...single, text: curlLine(origin, nowMs) }] : [];
    return { language, recipes: [settings(origin, variables), ...recipes, ...curl] };
  });
}

function settings(origin: string, variables: readonly string[]): Recipe {
  const all = [`OTEL_EXPORTER_OTLP_ENDPOINT=${origin}`, ...variables, 'OTEL_SERVICE_NAME=my-service'];
  return {
    title: 'Settings',
    note: 'Set these variables, then start your application.',
    text: all.map((variable) => `export ${variable}`).join('\n'),
  };
}

/** The ids depend on the time, so that a second try is a second trace. */
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
