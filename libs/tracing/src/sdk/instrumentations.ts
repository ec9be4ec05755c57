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
 * The instrumentations that a service with HTTP and Postgres needs: its requests, its calls with http or fetch, its
 * queries. The rest of the bundle adds no span that a reader of `POST /orders` would miss, and tcp, dns, fs and
 * middleware spans would hide the important ones.
 */
const CURATED = ['http', 'undici', 'pg'];

/** Requests of probes and scrapers. They would outnumber the real ones. */
const UNTRACED_PATH = /^\/(health|metrics)(\/|\?|$)/;

/** A span from a pool or a poller without a request is noise, so all three need a parent. */
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
 * OTEL_NODE_DISABLED_INSTRUMENTATIONS removes from it; both may name everything in the bundle, or separately installed
 * packages. Each package is loaded separately: all forty take another 80 to 250 ms and 15 MB (measured 2026-11-22).
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
 * Patches http now. The instrumentation waits for a `require`, which an application of ES modules may never make. Named
 * imports from http are copies, which have to be updated.
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
