import { trace, type Tracer, type TracerProvider } from '@opentelemetry/api';

const known = new Map<string, { readonly provider: TracerProvider; readonly tracer: Tracer }>();

/**
 * The tracer of this library in the provider that is registered now. A tracer taken at load time would stay silent if
 * another copy of the API registers the provider later: API 1.10 has one copy for `import` and one for `require`.
 */
export function libraryTracer(name = '@span-links/tracing'): Tracer {
  const provider = trace.getTracerProvider();
  let entry = known.get(name);
  if (entry?.provider !== provider) {
    entry = { provider, tracer: provider.getTracer(name) };
    known.set(name, entry);
  }
  return entry.tracer;
}
