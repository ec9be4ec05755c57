import {
  INSTRUMENTATIONS_VARIABLE,
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

export interface TracingConfig {
  readonly environment: Environment;
  readonly exporters: readonly string[];
  readonly protocol: string;
  /** Where OTLP goes, without credentials; for people only. */
  readonly endpoint: string;
  readonly sampler: string;
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
): TracingConfig {
  const complaints: string[] = [];
  const environment = readEnvironment(env, (line) => complaints.push(line));
  const silent = environment['OTEL_LOG_LEVEL'] === 'NONE';
  if (!silent) complaints.forEach(complain);
  const protocol =
    environment['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] ??
    environment['OTEL_EXPORTER_OTLP_PROTOCOL'] ??
    'http/protobuf';
  return Object.freeze({
    environment: {
      // Tracing is what this library is for; the SDK's own default would send metrics and logs as well.
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_LOGS_EXPORTER: 'none',
      ...environment,
    },
    exporters: (environment['OTEL_TRACES_EXPORTER'] ?? 'otlp').split(','),
    protocol,
    endpoint: endpointFrom(environment, protocol),
    sampler: environment['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on',
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

function endpointFrom(environment: Environment, protocol: string): string {
  const specific = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const general = environment['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (protocol === 'grpc') return withoutSecrets(specific ?? general ?? 'http://localhost:4317');
  return withoutSecrets(specific ?? `${(general ?? 'http://localhost:4318').replace(/\/$/, '')}/v1/traces`);
}

function withoutSecrets(endpoint: string): string {
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function numberFrom(environment: Environment, name: string, fallback: number): number {
  const value = environment[name];
  return value === undefined ? fallback : Number(value);
}
