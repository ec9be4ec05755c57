import {
  linkLimitFrom,
  readConfig,
  tracingIsDisabled,
  withEnvironment,
  type TracingConfig,
} from './config.ts';
import { overWithin } from './deadline.ts';
import { DEFAULT_DEADLINE_MS, type ExportCounters, type ExportQueue } from './export-queue.ts';
import { chosenInstrumentations, patchHttp } from './instrumentations.ts';
import { LeanContextManager } from './lean-context-manager.ts';
import { sdkNode } from './packages.ts';
import { flushAtProcessEnd } from './process-end.ts';
import { resourceDetectors } from './resource-detectors.ts';
import { spanExporters } from './span-exporters.ts';
import { noTracing, runningTracing, setRunningTracing, type Tracing } from './tracing.ts';

export interface TracingOptions {
  /** `service.name` where neither OTEL_SERVICE_NAME nor OTEL_RESOURCE_ATTRIBUTES names the service. */
  readonly serviceName?: string;
  /** `service.version` where OTEL_RESOURCE_ATTRIBUTES has none. */
  readonly serviceVersion?: string;
  /** Read in place of process.env. */
  readonly env?: NodeJS.ProcessEnv;
  /** Takes the line at the start, and one for each wrong setting, outage and recovery. Standard error by default. */
  readonly log?: (line: string) => void;
}

/**
 * Starts OpenTelemetry tracing in this process, configured by the OTEL_ variables. To be called from a module that is
 * loaded with `node --import`, before http and pg are. The second and later calls return what the first has started.
 * Never throws: what cannot be started is reported in a line, and the application runs untraced.
 */
export function startTracing(options: TracingOptions = {}): Tracing {
  const running = runningTracing();
  if (running !== undefined) return running;
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const tracing = tracingIsDisabled(options.env)
    ? noTracing(linkLimitFrom(options.env))
    : startOrReport(options, (line) => log(`tracing: ${line}`));
  setRunningTracing(tracing);
  return tracing;
}

function startOrReport(options: TracingOptions, log: (line: string) => void): Tracing {
  try {
    const config = readConfig(log, options.env);
    const audibleLog = config.silent ? () => {} : log;
    const tracing = withEnvironment(config.environment, () => start(options, config, audibleLog));
    flushAtProcessEnd(tracing);
    return tracing;
  } catch (error) {
    log(
      `could not be started, the application runs without: ${error instanceof Error ? error.message : String(error)}`,
    );
    return noTracing(linkLimitFrom(options.env));
  }
}

function start(options: TracingOptions, config: TracingConfig, log: (line: string) => void): Tracing {
  const { NodeSDK, resources } = sdkNode();
  const instrumentations = chosenInstrumentations(config, log);
  const { processors, queues, description } = spanExporters(config, log);
  const detectors = resourceDetectors(config.environment);
  const serviceName = serviceNameFrom(config) ?? options.serviceName;
  const sdk = new NodeSDK({
    instrumentations,
    contextManager: new LeanContextManager(),
    spanProcessors: processors,
    spanLimits: { linkCountLimit: config.linkLimit },
    resource: resources.defaultResource().merge(
      resources.resourceFromAttributes({
        ...(serviceName !== undefined && { 'service.name': serviceName }),
        ...(options.serviceVersion !== undefined && { 'service.version': options.serviceVersion }),
      }),
    ),
    ...(detectors !== undefined && { resourceDetectors: detectors }),
  });
  sdk.start();
  patchHttp();
  const names = instrumentations.flatMap(
    ({ instrumentationName }) => /^@opentelemetry\/instrumentation-(.*)/.exec(instrumentationName)?.[1] ?? [],
  );
  log(
    `${serviceName ?? 'unknown_service'} to ${description}, sampler ${config.sampler}, ` +
      `at most ${config.linkLimit} links a span, instrumented: ${names.join(' ') || 'nothing'}`,
  );
  return handle(sdk, config.linkLimit, queues);
}

function handle(
  sdk: { shutdown(): Promise<void> },
  linkLimit: number,
  queues: readonly ExportQueue[],
): Tracing {
  let stopped: Promise<boolean> | undefined;
  const all = async (results: Promise<boolean>[]): Promise<boolean> =>
    (await Promise.all(results)).every(Boolean);
  const stop = async (deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> => {
    const giveUpAtMs = performance.now() + deadlineMs;
    const complete = await all(queues.map((queue) => queue.close(deadlineMs)));
    // Metric and log exporters have deadlines of their own, up to 30 s; nobody waits for those.
    await overWithin(sdk.shutdown(), giveUpAtMs - performance.now());
    return complete;
  };
  return {
    enabled: true,
    linkLimit,
    counters: () =>
      queues.map((queue) => queue.counters()).reduce(sum, undefined) ?? noTracing(linkLimit).counters(),
    exportRoom: async (spans) => {
      await Promise.all(queues.map((queue) => queue.room(spans)));
    },
    flush: (deadlineMs) => all(queues.map((queue) => queue.flush(deadlineMs))),
    stop: (deadlineMs) => (stopped ??= stop(deadlineMs)),
  };
}

function sum(total: ExportCounters | undefined, next: ExportCounters): ExportCounters {
  if (total === undefined) return next;
  return {
    queued: total.queued + next.queued,
    exported: total.exported + next.exported,
    dropped: {
      ordinary: total.dropped.ordinary + next.dropped.ordinary,
      linkBearing: total.dropped.linkBearing + next.dropped.linkBearing,
    },
    failed: {
      exports: total.failed.exports + next.failed.exports,
      spans: total.failed.spans + next.failed.spans,
    },
  };
}

function serviceNameFrom({ environment }: TracingConfig): string | undefined {
  const attribute = environment['OTEL_RESOURCE_ATTRIBUTES']
    ?.match(/(?:^|,)\s*service\.name\s*=([^,]+)/)?.[1]
    ?.trim();
  return (
    environment['OTEL_SERVICE_NAME'] ?? (attribute === undefined ? undefined : decodeURIComponent(attribute))
  );
}
