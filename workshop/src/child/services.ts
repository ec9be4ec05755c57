import { context, propagation, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  type IdGenerator,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** Makes the parts of tracing for an exporter. */
export type ServiceTracing = (exporter: SpanExporter) => {
  readonly processor: SpanProcessor;
  readonly sampler?: Sampler | undefined;
};

interface Setup {
  readonly exporter: () => SpanExporter;
  readonly marks: SpanProcessor;
  readonly tracing: ServiceTracing;
  readonly instanceId: string;
  readonly exercise: string;
}

const providers = new Map<string, BasicTracerProvider>();
let setup: Setup | undefined;

/** The service whose spans come from libraries, which take the global tracer. */
const GLOBAL_SERVICE = 'orders';

/** Starts tracing in this process. The services of a shop run in it side by side, each with a resource of its own. */
export function startServices(options: Setup): void {
  setup = options;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  trace.setGlobalTracerProvider(providerOf(GLOBAL_SERVICE));
}

/** The tracer of a service, with `service.name` on all of its spans. Its tracing is set up with its first span. */
export function tracerOf(service: string): Tracer {
  const tracer = () => providerOf(service).getTracer('workshop');
  return {
    startSpan: (...args) => tracer().startSpan(...args),
    startActiveSpan: (...args: unknown[]) =>
      (tracer().startActiveSpan as (...args: unknown[]) => never).apply(tracer(), args),
  };
}

/** Changes the tracing of services that have not made a span yet. */
export function useTracing(tracing: ServiceTracing): void {
  if (setup) setup = { ...setup, tracing };
}

/** A provider with IDs of its own making, for spans that are the same in each run. */
export function plantedProvider(service: string, idGenerator: IdGenerator): BasicTracerProvider {
  const provider = newProvider(
    service,
    (exporter) => ({ processor: new BatchSpanProcessor(exporter) }),
    idGenerator,
  );
  providers.set(`planted ${service}`, provider);
  return provider;
}

/** Sends what has ended so far. */
export async function flushServices(): Promise<void> {
  await Promise.all([...providers.values()].map((provider) => provider.forceFlush()));
}

/** Sends everything, and ends tracing. */
export async function stopServices(): Promise<void> {
  await Promise.all([...providers.values()].map((provider) => provider.shutdown()));
}

function providerOf(service: string): BasicTracerProvider {
  const known = providers.get(service);
  if (known) return known;
  const provider = newProvider(service);
  providers.set(service, provider);
  return provider;
}

function newProvider(
  service: string,
  tracing: ServiceTracing | undefined = setup?.tracing,
  idGenerator?: IdGenerator,
): BasicTracerProvider {
  if (!setup || !tracing) throw new Error('An exercise runs inside of the workshop: npm run workshop');
  const { exporter, marks, instanceId, exercise } = setup;
  const { processor, sampler } = tracing(exporter());
  return new BasicTracerProvider({
    resource: resourceFromAttributes({
      'service.name': service,
      'service.instance.id': instanceId,
      'workshop.exercise': exercise,
    }),
    spanProcessors: [marks, processor],
    ...(sampler && { sampler }),
    ...(idGenerator && { idGenerator }),
  });
}
