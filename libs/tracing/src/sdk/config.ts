import type { KeepRule } from '../sampler/keep-rule.ts';
import { DEFAULT_MAX_EXTRA_PER_SECOND } from '../sampler/link-sampler.ts';
import { QUEUE_DEFAULTS } from './export-queue-options.ts';
import {
  INSTRUMENTATIONS_VARIABLE,
  JOURNAL_VARIABLE,
  SAMPLER_BOUND_VARIABLE,
  SAMPLER_VARIABLE,
  concernsTracing,
  readEnvironment,
  type Environment,
} from './environment.ts';

/** The SDK's default, and the maximum of several backends. */
const DEFAULT_LINK_LIMIT = 128;

/** How links affect the sampling of roots. */
export interface LinkSamplingOptions {
  /**
   * When links keep a root that the sampler drops: `any` sampled source, `all`, `{ ratio }` of them; `off`: never.
   * `any` by default with a ratio sampler, otherwise `off`.
   */
  readonly keepWhen?: KeepRule | 'off';
  /** Root traces per second that links may add; 100 by default. */
  readonly maxExtraPerSecond?: number;
}

export interface SamplerConfig {
  /** The name, as in OTEL_TRACES_SAMPLER. */
  readonly name: string;
  /** OTEL_TRACES_SAMPLER_ARG of a ratio sampler; 1 for the others. */
  readonly ratio: number;
  readonly keepWhen: KeepRule | 'off';
  readonly maxExtraPerSecond: number;
}

/** OTEL_BSP_*. */
export interface QueueConfig {
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly scheduleDelayMs: number;
  readonly exportTimeoutMs: number;
}

export interface TracingConfig {
  readonly environment: Environment;
  readonly exporters: readonly string[];
  readonly protocol: string;
  /** The OTLP target, without credentials; only for people to read. */
  readonly endpoint: string;
  readonly metrics: {
    readonly exporters: readonly string[];
    readonly protocol: string;
    readonly endpoint: string;
    readonly intervalMs: number;
    readonly timeoutMs: number;
  };
  readonly sampler: SamplerConfig;
  readonly instrumentations: 'curated' | 'bundle';
  readonly linkLimit: number;
  readonly queue: QueueConfig;
  /** SPAN_LINKS_JOURNAL: a folder, or `off`. */
  readonly journal: string | undefined;
  /** As given; it names folders of the user. */
  readonly env: NodeJS.ProcessEnv;
  readonly silent: boolean;
}

export interface ProcessorConfig {
  readonly queue: QueueConfig;
  readonly journal: string | undefined;
  readonly serviceName: string | undefined;
  /** Resolves the folders that the user's environment names. */
  readonly env: NodeJS.ProcessEnv;
}

/** Whether OTEL_SDK_DISABLED is set. Read alone and first, because a disabled start must cost nothing. */
export function tracingIsDisabled(env: NodeJS.ProcessEnv = process.env): boolean {
  return env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
}

/** The most links a span keeps, from OTEL_SPAN_LINK_COUNT_LIMIT. */
export function linkLimitFrom(env: NodeJS.ProcessEnv = process.env): number {
  const name = 'OTEL_SPAN_LINK_COUNT_LIMIT';
  return numberFrom(
    readEnvironment({ [name]: env[name] }, () => {}),
    name,
    DEFAULT_LINK_LIMIT,
  );
}

/** Reads everything once. Reports each wrong value to `complain` in one line, and uses the default instead. */
export function readConfig(
  complain: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
  linkSampling: LinkSamplingOptions = {},
): TracingConfig {
  const complaints: string[] = [];
  const environment = readEnvironment(env, (line) => complaints.push(line));
  const silent = environment['OTEL_LOG_LEVEL'] === 'NONE';
  if (!silent) complaints.forEach(complain);
  return Object.freeze({
    environment: {
      // This library is about tracing; the SDK's own default would send metrics and logs as well.
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      ...environment,
    },
    exporters: (environment['OTEL_TRACES_EXPORTER'] ?? 'otlp').split(','),
    ...otlpTarget(environment, 'traces'),
    metrics: metricsFrom(environment),
    sampler: samplerFrom(environment, linkSampling),
    instrumentations: environment[INSTRUMENTATIONS_VARIABLE] === 'bundle' ? 'bundle' : 'curated',
    linkLimit: numberFrom(environment, 'OTEL_SPAN_LINK_COUNT_LIMIT', DEFAULT_LINK_LIMIT),
    queue: queueFrom(environment),
    journal: environment[JOURNAL_VARIABLE],
    env,
    silent,
  });
}

/** The settings of a processor in somebody else's set-up; see {@link readConfig} for wrong values. */
export function readProcessorConfig(
  complain: (line: string) => void,
  env: NodeJS.ProcessEnv = process.env,
): ProcessorConfig {
  const names = [...QUEUE_VARIABLES, ...SERVICE_VARIABLES, JOURNAL_VARIABLE];
  const environment = readEnvironment(Object.fromEntries(names.map((name) => [name, env[name]])), complain);
  return {
    queue: queueFrom(environment),
    journal: environment[JOURNAL_VARIABLE],
    serviceName: serviceNameFrom(environment),
    env,
  };
}

/** The service name from OTEL_SERVICE_NAME or OTEL_RESOURCE_ATTRIBUTES. */
export function serviceNameFrom(environment: Environment): string | undefined {
  const attribute = environment['OTEL_RESOURCE_ATTRIBUTES']
    ?.match(/(?:^|,)\s*service\.name\s*=([^,]+)/)?.[1]
    ?.trim();
  return (
    environment['OTEL_SERVICE_NAME'] ?? (attribute === undefined ? undefined : decodeURIComponent(attribute))
  );
}

const QUEUE_VARIABLES = [
  'OTEL_BSP_MAX_QUEUE_SIZE',
  'OTEL_BSP_MAX_EXPORT_BATCH_SIZE',
  'OTEL_BSP_SCHEDULE_DELAY',
  'OTEL_BSP_EXPORT_TIMEOUT',
] as const;

const SERVICE_VARIABLES = ['OTEL_SERVICE_NAME', 'OTEL_RESOURCE_ATTRIBUTES'] as const;

function queueFrom(environment: Environment): QueueConfig {
  const [size, batch, delay, timeout] = QUEUE_VARIABLES;
  return {
    maxQueueSize: numberFrom(environment, size, QUEUE_DEFAULTS.maxQueueSize),
    maxExportBatchSize: numberFrom(environment, batch, QUEUE_DEFAULTS.maxExportBatchSize),
    scheduleDelayMs: numberFrom(environment, delay, QUEUE_DEFAULTS.scheduleDelayMs),
    exportTimeoutMs: numberFrom(environment, timeout, QUEUE_DEFAULTS.exportTimeoutMs),
  };
}

function metricsFrom(environment: Environment): TracingConfig['metrics'] {
  const intervalMs = numberFrom(environment, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000);
  const timeoutMs = numberFrom(environment, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000);
  return {
    exporters: (environment['OTEL_METRICS_EXPORTER'] ?? 'none').split(','),
    ...otlpTarget(environment, 'metrics'),
    intervalMs,
    // The SDK's reader throws if a timeout is longer than the interval.
    timeoutMs: Math.min(timeoutMs, intervalMs),
  };
}

/**
 * Links decide by default if the sampler is a ratio. A ratio sampler keeps a batch with probability p for any sources,
 * so a share of 1 - p of the sampled requests leads nowhere; users install this library to follow them. The other
 * samplers keep all roots, or none on purpose.
 */
function samplerFrom(environment: Environment, options: LinkSamplingOptions): SamplerConfig {
  const name = environment['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on';
  const isRatio = name.endsWith('traceidratio');
  return {
    name,
    ratio: isRatio ? numberFrom(environment, 'OTEL_TRACES_SAMPLER_ARG', 1) : 1,
    keepWhen: keepWhenFrom(environment[SAMPLER_VARIABLE]) ?? options.keepWhen ?? (isRatio ? 'any' : 'off'),
    maxExtraPerSecond: numberFrom(
      environment,
      SAMPLER_BOUND_VARIABLE,
      options.maxExtraPerSecond ?? DEFAULT_MAX_EXTRA_PER_SECOND,
    ),
  };
}

function keepWhenFrom(value: string | undefined): KeepRule | 'off' | undefined {
  if (value === undefined || value === 'any' || value === 'all' || value === 'off') return value;
  return { ratio: Number(value.slice('ratio:'.length)) };
}

/**
 * Runs `start` while process.env holds `environment` in place of its own tracing variables. The SDK, its exporters and
 * detectors read only process.env, so this is the only way to give them an `env` option and checked values. They read
 * it while they are constructed; afterwards the old values are back.
 */
export function withEnvironment<T>(environment: Environment, start: () => T): T {
  const before = Object.entries(process.env).filter(([name]) => concernsTracing(name));
  try {
    for (const [name] of before) delete process.env[name];
    Object.assign(process.env, environment);
    return start();
  } finally {
    for (const name of Object.keys(environment)) delete process.env[name];
    Object.assign(process.env, Object.fromEntries(before));
  }
}

function otlpTarget(
  environment: Environment,
  signal: 'traces' | 'metrics',
): { protocol: string; endpoint: string } {
  const of = (setting: string): [string | undefined, string | undefined] => [
    environment[`OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_${setting}`],
    environment[`OTEL_EXPORTER_OTLP_${setting}`],
  ];
  const [ownProtocol, generalProtocol] = of('PROTOCOL');
  const protocol = ownProtocol ?? generalProtocol ?? 'http/protobuf';
  const [specific, general] = of('ENDPOINT');
  if (protocol === 'grpc') {
    return { protocol, endpoint: withoutSecrets(specific ?? general ?? 'http://localhost:4317') };
  }
  const url = specific ?? `${(general ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/${signal}`;
  return { protocol, endpoint: withoutSecrets(url) };
}

function withoutSecrets(endpoint: string): string {
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function numberFrom(environment: Environment, name: string, fallback: number): number {
  const value = environment[name];
  return value === undefined ? fallback : Number(value);
}
