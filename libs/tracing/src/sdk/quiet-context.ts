import { ROOT_CONTEXT, createContextKey } from '@opentelemetry/api';

/**
 * The context of exports and the journal: not that of the request that filled the batch, and hidden from
 * instrumentations. It equals `suppressTracing` of `@opentelemetry/core`. This library also works if only the SDK's
 * tracer provider is installed, and then cannot load that package. The key is the same in all versions; a test compares
 * the two.
 */
export const QUIET_CONTEXT = ROOT_CONTEXT.setValue(
  createContextKey('OpenTelemetry SDK Context Key SUPPRESS_TRACING'),
  true,
);
