import type { Resource } from '@opentelemetry/resources';
import {
  linkLimitFrom,
  readConfig,
  serviceNameFrom,
  tracingIsDisabled,
  withEnvironment,
  type LinkSamplingOptions,
  type TracingConfig,
} from './config.ts';
import { observeExportQueues } from './export-metrics.ts';
import { chosenInstrumentations, patchHttp } from './instrumentations.ts';
import { LeanContextManager } from './lean-context-manager.ts';
import { metricReaders } from './metric-readers.ts';
import { otelResources, sdkNode } from './packages.ts';
import { flushAtProcessEnd } from './process-end.ts';
import { resourceDetectors } from './resource-detectors.ts';
import { tracingOf } from './running-tracing.ts';
import { chosenSampler, describeSampler } from './sampler-choice.ts';
import { spanExporters } from './span-exporters.ts';
import { printableText } from './printable-text.ts';
import { noTracing, runningTracing, setRunningTracing, type Tracing } from './tracing.ts';

export interface TracingOptions {
  /** `service.name` if OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES name no service. */
  readonly serviceName?: string;
  /** `service.version` if OTEL_RESOURCE_ATTRIBUTES has none. */
  readonly serviceVersion?: string;
  /** Sampling by links, if SPAN_LINKS_SAMPLER and SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND are not set. */
  readonly linkSampling?: LinkSamplingOptions;
  /** Read instead of process.env. */
  readonly env?: NodeJS.ProcessEnv;
  /**
   * Receives the line at the start, and one for each wrong setting, outage and recovery. Writes to standard error by
   * default.
   */
  readonly log?: (line: string) => void;
}

/** Lines name endpoints, instrumentations and settings, which all fit into this length. */
const MAX_LINE_CHARACTERS = 2_000;

/**
 * Starts OpenTelemetry tracing in this process, configured by the OTEL_ variables. Call it from a module that is loaded
 * with `node --import`, before http and pg. Later calls return the result of the first. Never throws: it reports a
 * failure in one line, and the application runs untraced.
 */
export function startTracing(options: TracingOptions = {}): Tracing {
  const running = runningTracing();
  if (running !== undefined) return running;
  const log = options.log ?? ((line: string) => void process.stderr.write(`${line}\n`));
  const tracing = tracingIsDisabled(options.env)
    ? noTracing(linkLimitFrom(options.env))
    : startOrReport(options, (line) => log(`tracing: ${printableText(line, MAX_LINE_CHARACTERS)}`));
  setRunningTracing(tracing);
  return tracing;
}

function startOrReport(options: TracingOptions, log: (line: string) => void): Tracing {
  try {
    const config = readConfig(log, options.env, options.linkSampling);
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
  const { NodeSDK } = sdkNode();
  const instrumentations = chosenInstrumentations(config, log);
  const metrics = metricReaders(config, log);
  const detectors = resourceDetectors(config.environment, log);
  const sampler = chosenSampler(config.sampler);
  const serviceName = serviceNameFrom(config.environment) ?? options.serviceName;
  const { processors, queues, description } = spanExporters(config, serviceName, log);
  const sdk = new NodeSDK({
    instrumentations,
    contextManager: new LeanContextManager(),
    spanProcessors: processors,
    metricReaders: metrics.readers,
    spanLimits: { linkCountLimit: config.linkLimit },
    resource: resourceOf(serviceName, options.serviceVersion),
    ...(sampler !== undefined && { sampler }),
    ...(detectors !== undefined && { resourceDetectors: detectors }),
  });
  sdk.start();
  if (metrics.readers.length > 0) observeExportQueues(queues);
  patchHttp();
  const names = instrumentations.flatMap(
    ({ instrumentationName }) => /^@opentelemetry\/instrumentation-(.*)/.exec(instrumentationName)?.[1] ?? [],
  );
  log(
    `${serviceName ?? 'unknown_service'} to ${description}, ` +
      (metrics.description === undefined ? '' : `metrics to ${metrics.description}, `) +
      `sampler ${describeSampler(config.sampler)}, ` +
      `at most ${config.linkLimit} links a span, instrumented: ${names.join(' ') || 'nothing'}`,
  );
  return tracingOf({ sdk, metrics, linkLimit: config.linkLimit, queues: queues.map(({ queue }) => queue) });
}

function resourceOf(serviceName: string | undefined, serviceVersion: string | undefined): Resource {
  const resources = otelResources();
  return resources.defaultResource().merge(
    resources.resourceFromAttributes({
      ...(serviceName !== undefined && { 'service.name': serviceName }),
      ...(serviceVersion !== undefined && { 'service.version': serviceVersion }),
    }),
  );
}
