/** The configuration of an OpenTelemetry Collector, or of a program that is built on it: Jaeger or SigNoz's collector. */
export interface CollectorConfig {
  readonly receivers?: Components;
  readonly processors?: Components;
  readonly exporters?: Components;
  readonly extensions?: Components;
  readonly service?: {
    readonly extensions?: readonly string[];
    readonly pipelines?: Readonly<Record<string, Pipeline>>;
  };
}

type Components = Readonly<Record<string, unknown>>;
type Kind = 'receivers' | 'processors' | 'exporters' | 'extensions';

interface Pipeline {
  readonly receivers?: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters?: readonly string[];
}

const KINDS = ['receivers', 'processors', 'exporters', 'extensions'] as const;

/**
 * The settings of each component that is used here. A Collector does not start with an unknown setting, and npm has no schema for
 * them. This list follows the Go structs and the `config.schema.yaml` of the versions that the compose files pin.
 */
const SETTINGS: Readonly<Record<Kind, Readonly<Record<string, readonly string[]>>>> = {
  receivers: {
    otlp: [
      'protocols.grpc.endpoint',
      'protocols.grpc.max_recv_msg_size_mib',
      'protocols.http.endpoint',
      'protocols.http.max_request_body_size',
    ],
  },
  processors: {
    memory_limiter: ['check_interval', 'limit_mib', 'spike_limit_mib'],
    batch: ['timeout', 'send_batch_size', 'send_batch_max_size'],
  },
  exporters: {
    otlp_http: [
      'endpoint',
      'headers.authorization',
      'retry_on_failure.initial_interval',
      'retry_on_failure.max_interval',
      'retry_on_failure.max_elapsed_time',
      'sending_queue.sizer',
      'sending_queue.queue_size',
      'sending_queue.block_on_overflow',
      'sending_queue.batch.flush_timeout',
      'sending_queue.batch.min_size',
      'sending_queue.batch.max_size',
    ],
    jaeger_storage_exporter: ['trace_storage'],
    clickhousetraces: [
      'datasource',
      'use_new_schema',
      'low_cardinal_exception_grouping',
      'timeout',
      'sending_queue.enabled',
    ],
    metadataexporter: ['enabled', 'dsn', 'timeout', 'cache.provider'],
  },
  extensions: {
    health_check: ['endpoint'],
    healthcheckv2: ['use_v2', 'http.endpoint'],
    signoz_health_check: ['endpoint'],
    jaeger_storage: ['backends.memory.memory.max_traces'],
    jaeger_query: ['storage.traces', 'http.endpoint'],
  },
};

/** Merges configurations like several `--config` options. Maps are merged; later files replace everything else. */
export function merged(...configs: CollectorConfig[]): CollectorConfig {
  return configs.reduce((all, next) => mergedMaps(all, next) as CollectorConfig, {});
}

function mergedMaps(under: unknown, over: unknown): unknown {
  if (!isMap(under) || !isMap(over)) return over;
  const result: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over))
    result[key] = key in under ? mergedMaps(under[key], value) : value;
  return result;
}

/** Returns the reasons why a Collector would not start with this configuration or would ignore a part of it. */
export function problemsOf(config: CollectorConfig): string[] {
  const pipelines = Object.entries(config.service?.pipelines ?? {});
  const used: Record<Kind, readonly string[]> = {
    receivers: pipelines.flatMap(([, { receivers = [] }]) => receivers),
    processors: pipelines.flatMap(([, { processors = [] }]) => processors),
    exporters: pipelines.flatMap(([, { exporters = [] }]) => exporters),
    extensions: config.service?.extensions ?? [],
  };
  return [
    ...(pipelines.length === 0 ? ['there is no pipeline'] : []),
    ...pipelines
      .filter(([, { receivers = [], exporters = [] }]) => receivers.length === 0 || exporters.length === 0)
      .map(([name]) => `the pipeline ${name} has no beginning or no end`),
    ...KINDS.flatMap((kind) => kindProblems(kind, Object.entries(config[kind] ?? {}), used[kind])),
  ];
}

function kindProblems(kind: Kind, declared: [string, unknown][], used: readonly string[]): string[] {
  const names = declared.map(([name]) => name);
  return [
    ...used.filter((name) => !names.includes(name)).map((name) => `${kind}: ${name} is not declared`),
    ...names.filter((name) => !used.includes(name)).map((name) => `${kind}: ${name} is not used`),
    ...declared.flatMap(([name, settings]) => settingProblems(kind, name, settings)),
  ];
}

function settingProblems(kind: Kind, name: string, settings: unknown): string[] {
  const known = SETTINGS[kind][name.split('/')[0] ?? ''];
  if (known === undefined) return [`${kind}: ${name} is of no known type`];
  return leavesOf(settings)
    .filter((path) => !known.includes(path))
    .map((path) => `${kind}: ${name} has no setting ${path}`);
}

function leavesOf(value: unknown, path = ''): string[] {
  if (!isMap(value)) return path === '' ? [] : [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    leavesOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
