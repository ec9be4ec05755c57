import type { KeepRule } from '../sampler/keep-rule.ts';
import { DEFAULT_MAX_EXTRA_PER_SECOND } from '../sampler/link-sampler.ts';
import {
  INSTRUMENTATIONS_VARIABLE,
  SAMPLER_BOUND_VARIABLE,
  SAMPLER_VARIABLE,
  concernsTracing,
  readEnvironment,
  type Environment,
} from './environment.ts';

/** Trap 1: what the SDK keeps by default, and what several backends take at most. */
const DEFAULT_LINK_LIMIT = 128;

/**
 * Four times what the specification has: 8,192 spans are what a batch of some thousand orders ends before the event loop
 * gets its next turn. Costs 10 MB while it is full (heap, 9 attributes a span, 2026-11-22).
 */
const DEFAULT_QUEUE_SPANS = 8_192;

/** How roots are sampled by what they link to. */
export interface LinkSamplingOptions {
  /**
   * When the links of a root keep it although the sampler does not: `any` sampled source, `all`, `{ ratio }` of them;
   * `off`: never. By default `any` under a ratio sampler, else `off`.
   */
  readonly keepWhen?: KeepRule | 'off';
  /** Root traces a second that may be added so; 100 by default. */
  readonly maxExtraPerSecond?: number;
}

export interface SamplerConfig {
  /** As OTEL_TRACES_SAMPLER names it. */
  readonly name: string;
  /** OTEL_TRACES_SAMPLER_ARG of a ratio sampler; 1 for the others. */
  readonly ratio: number;
  readonly keepWhen: KeepRule | 'off';
  readonly maxExtraPerSecond: number;
}

export interface TracingConfig {
  readonly environment: Environment;
  readonly exporters: readonly string[];
  readonly protocol: string;
  /** Where OTLP goes, without credentials; for people only. */
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
  readonly queue: {
    readonly maxQueueSize: number;
    readonly maxExportBatchSize: number;
    readonly scheduleDelayMs: number;
    readonly exportTimeoutMs: number;
  };
  readonly silent: boolean;
}

/** Whether OTEL_SDK_DISABLED says so. Read by itself and first: a disabled start must cost nothing. */
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

/** Reads everything once. Wrong values are reported to `complain`, a line each, and replaced by their defaults. */
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
      // Tracing is what this library is for; the SDK's own default would send metrics and logs as well.
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
    queue: {
      maxQueueSize: numberFrom(environment, 'OTEL_BSP_MAX_QUEUE_SIZE', DEFAULT_QUEUE_SPANS),
      maxExportBatchSize: numberFrom(environment, 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', 512),
      scheduleDelayMs: numberFrom(environment, 'OTEL_BSP_SCHEDULE_DELAY', 5_000),
      exportTimeoutMs: numberFrom(environment, 'OTEL_BSP_EXPORT_TIMEOUT', 30_000),
    },
    silent,
  });
}

function metricsFrom(environment: Environment): TracingConfig['metrics'] {
  const intervalMs = numberFrom(environment, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000);
  const timeoutMs = numberFrom(environment, 'OTEL_METRIC_EXPORT_TIMEOUT', 30_000);
  return {
    exporters: (environment['OTEL_METRICS_EXPORTER'] ?? 'none').split(','),
    ...otlpTarget(environment, 'metrics'),
    intervalMs,
    // The SDK's reader throws where a timeout is longer than the interval.
    timeoutMs: Math.min(timeoutMs, intervalMs),
  };
}

/**
 * Links decide by default wherever a ratio does. A ratio sampler keeps a batch with probability p whatever its sources
 * were, so that of the sampled requests 1 - p lead nowhere, and to follow them is what this library is installed for.
 * The other samplers keep all roots, or none on purpose.
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
 * detectors read process.env and nothing else, so this is the one way to give them an `env` option and values that are
 * already checked. They read it while they are constructed; afterwards the old values are back.
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
