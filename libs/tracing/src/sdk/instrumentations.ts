import type { Instrumentation } from '@opentelemetry/instrumentation';
import type { IncomingMessage } from 'node:http';
import { syncBuiltinESMExports } from 'node:module';
import { nameByExpressRoute } from './http-route.ts';
import {
  hasInstrumentationBundle,
  instrumentationBundle,
  instrumentationPackage,
  loadModule,
} from './packages.ts';
import { pgPoolContext } from './pg-pool-context.ts';
import type { TracingConfig } from './config.ts';

/**
 * What a service with HTTP and Postgres needs: its requests, the calls it makes with http or fetch, its queries. Nothing
 * of the bundle beyond that adds a span that a reader of `POST /orders` would miss, and tcp, dns, fs and middleware
 * spans would hide the ones that matter.
 */
const CURATED = ['http', 'undici', 'pg'];

/** Requests of probes and scrapers: they would outnumber the real ones. */
const UNTRACED_PATH = /^\/(health|metrics)(\/|\?|$)/;

/** A span from a pool or a poller that no request has caused is noise: all three need a parent. */
const TUNED: Readonly<Record<string, () => object>> = {
  http: () => ({
    requireParentforOutgoingSpans: true,
    ignoreIncomingRequestHook: (request: IncomingMessage) => UNTRACED_PATH.test(request.url ?? ''),
    responseHook: nameByExpressRoute(),
  }),
  undici: () => ({ requireParentforSpans: true }),
  pg: () => ({ requireParentSpan: true, ignoreConnectSpans: true }),
};

/**
 * The instrumentations that `config` asks for. OTEL_NODE_ENABLED_INSTRUMENTATIONS replaces the curated set,
 * OTEL_NODE_DISABLED_INSTRUMENTATIONS takes away from it; both may name all that the bundle ships, or what is installed by
 * itself. Each package is loaded by itself: all forty take another 80 to 250 ms and 15 MB (measured 2026-11-22).
 */
export function chosenInstrumentations(
  config: TracingConfig,
  complain: (line: string) => void,
): Instrumentation[] {
  const complete = hasInstrumentationBundle();
  if (!complete) {
    complain(
      'auto-instrumentations-node is not installed; instrumenting what is installed by itself ' +
        '(npm install @opentelemetry/auto-instrumentations-node for the rest)',
    );
  }
  if (complete && config.instrumentations === 'bundle') {
    return instrumentationBundle()?.getNodeAutoInstrumentations() ?? [];
  }
  const named = config.environment['OTEL_NODE_ENABLED_INSTRUMENTATIONS']?.split(',');
  const disabled = config.environment['OTEL_NODE_DISABLED_INSTRUMENTATIONS']?.split(',') ?? [];
  const chosen: Instrumentation[] = [];
  for (const name of named ?? CURATED) {
    if (disabled.includes(name)) continue;
    const instrumentation = instrumentationNamed(name);
    if (instrumentation !== undefined) {
      chosen.push(instrumentation, ...(name === 'pg' ? [pgPoolContext()] : []));
    } else if (named !== undefined) {
      complain(`OTEL_NODE_ENABLED_INSTRUMENTATIONS: no instrumentation "${name}" is installed; left out`);
    }
  }
  return chosen;
}

/**
 * Patches http now. The instrumentation waits for a `require`, which an application of ES modules may never make; and
 * what a module imports from http by name is a copy that has to be brought up to date.
 */
export function patchHttp(): void {
  loadModule('http');
  loadModule('https');
  syncBuiltinESMExports();
}

type InstrumentationClass = new (config: object) => Instrumentation;

function instrumentationNamed(name: string): Instrumentation | undefined {
  const found = Object.values(instrumentationPackage(`@opentelemetry/instrumentation-${name}`) ?? {}).find(
    isInstrumentationClass,
  );
  return found === undefined ? undefined : new found(TUNED[name]?.() ?? {});
}

function isInstrumentationClass(value: unknown): value is InstrumentationClass {
  return (
    typeof value === 'function' && 'setTracerProvider' in ((value.prototype as object | undefined) ?? {})
  );
}
