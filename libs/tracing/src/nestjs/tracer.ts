import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

const NAME = '@span-links/tracing/nestjs';
let known: { readonly provider: TracerProvider; readonly tracer: Tracer } | undefined;

/**
 * The tracer of whatever provider is registered now. One that was taken while modules load would stay silent where another copy of
 * the API registers the provider later: API 1.10 has one for `import` and one for `require`.
 */
export function currentTracer(): Tracer {
  const provider = trace.getTracerProvider();
  if (known?.provider !== provider) known = { provider, tracer: provider.getTracer(NAME) };
  return known.tracer;
}
