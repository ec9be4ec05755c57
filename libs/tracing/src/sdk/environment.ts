import {
  httpUrl,
  keepRule,
  keyValuePairs,
  listOf,
  listOfNames,
  oneOf,
  rate,
  ratio,
  wholeNumberFrom,
  type Rule,
} from './environment-rules.ts';

/** The variables that tracing reads, checked. A variable with a wrong value is left out. */
export type Environment = Readonly<Record<string, string>>;

/** The variable of this library that chooses between the tuned set of instrumentations and the whole bundle. */
export const INSTRUMENTATIONS_VARIABLE = 'SPAN_LINKS_INSTRUMENTATIONS';

/** Whether and how roots are sampled by their links: `any`, `all`, `ratio:0.5`, `off`. */
export const SAMPLER_VARIABLE = 'SPAN_LINKS_SAMPLER';

/** How many root traces per second links may add. */
export const SAMPLER_BOUND_VARIABLE = 'SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND';

/** The folder of the journal of spans with links, or `off`. */
export const JOURNAL_VARIABLE = 'SPAN_LINKS_JOURNAL';

const OWN_VARIABLES: readonly string[] = [
  JOURNAL_VARIABLE,
  INSTRUMENTATIONS_VARIABLE,
  SAMPLER_VARIABLE,
  SAMPLER_BOUND_VARIABLE,
];

const positive = wholeNumberFrom(1);
const fromZero = wholeNumberFrom(0);
const protocol = oneOf('http/protobuf', 'http/json', 'grpc');
const compression = oneOf('none', 'gzip');
const instrumentationNames = listOf((name) => /^[a-z0-9._-]+$/.test(name), 'the names of instrumentations');

const RULES: Readonly<Record<string, Rule>> = {
  OTEL_LOG_LEVEL: (raw) =>
    oneOf('NONE', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'VERBOSE', 'ALL')(raw.toUpperCase()),
  OTEL_SDK_DISABLED: (raw) => oneOf('true', 'false')(raw.toLowerCase()),
  OTEL_TRACES_SAMPLER: oneOf(
    'always_on',
    'always_off',
    'traceidratio',
    'parentbased_always_on',
    'parentbased_always_off',
    'parentbased_traceidratio',
  ),
  OTEL_PROPAGATORS: listOfNames(['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'none'], 'none'),
  OTEL_TRACES_EXPORTER: listOfNames(['otlp', 'console', 'zipkin', 'none'], 'none'),
  OTEL_METRICS_EXPORTER: listOfNames(['otlp', 'console', 'prometheus', 'none'], 'none'),
  OTEL_LOGS_EXPORTER: listOfNames(['otlp', 'console', 'none'], 'none'),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl,
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: httpUrl,
  OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: httpUrl,
  OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: protocol,
  OTEL_EXPORTER_OTLP_TIMEOUT: positive,
  OTEL_EXPORTER_OTLP_TRACES_TIMEOUT: positive,
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: positive,
  OTEL_EXPORTER_OTLP_COMPRESSION: compression,
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: compression,
  OTEL_EXPORTER_OTLP_METRICS_COMPRESSION: compression,
  OTEL_EXPORTER_OTLP_HEADERS: keyValuePairs,
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: keyValuePairs,
  OTEL_EXPORTER_OTLP_METRICS_HEADERS: keyValuePairs,
  OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: (raw) =>
    oneOf('cumulative', 'delta', 'lowmemory')(raw.toLowerCase()),
  OTEL_METRIC_EXPORT_INTERVAL: positive,
  OTEL_METRIC_EXPORT_TIMEOUT: positive,
  OTEL_RESOURCE_ATTRIBUTES: keyValuePairs,
  OTEL_NODE_ENABLED_INSTRUMENTATIONS: instrumentationNames,
  OTEL_NODE_DISABLED_INSTRUMENTATIONS: instrumentationNames,
  OTEL_NODE_RESOURCE_DETECTORS: listOfNames([
    'all',
    'none',
    'env',
    'host',
    'os',
    'process',
    'serviceinstance',
    'container',
    'alibaba',
    'aws',
    'azure',
    'gcp',
  ]),
  OTEL_BSP_MAX_QUEUE_SIZE: positive,
  OTEL_BSP_MAX_EXPORT_BATCH_SIZE: positive,
  OTEL_BSP_SCHEDULE_DELAY: positive,
  OTEL_BSP_EXPORT_TIMEOUT: positive,
  OTEL_ATTRIBUTE_COUNT_LIMIT: fromZero,
  // The SDK treats 0 as "unlimited" and logs that at every attribute.
  OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: positive,
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: fromZero,
  OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT: positive,
  OTEL_SPAN_EVENT_COUNT_LIMIT: fromZero,
  OTEL_SPAN_LINK_COUNT_LIMIT: fromZero,
  OTEL_SPAN_ATTRIBUTE_PER_EVENT_COUNT_LIMIT: fromZero,
  OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: fromZero,
  [INSTRUMENTATIONS_VARIABLE]: oneOf('curated', 'bundle'),
  [SAMPLER_VARIABLE]: keepRule,
  [SAMPLER_BOUND_VARIABLE]: rate,
};

/** Whether tracing reads a variable, by a rule here or directly in the SDK. */
export function concernsTracing(variable: string): boolean {
  return variable.startsWith('OTEL_') || OWN_VARIABLES.includes(variable);
}

/**
 * Reads the variables of tracing. A wrong value is reported in one line and left out, so that this library and the SDK
 * use its default. An empty value counts as unset, following the OpenTelemetry specification. The SDK's other OTEL_
 * variables pass unchanged.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  complain: (line: string) => void,
): Environment {
  const values: Record<string, string> = {};
  for (const [name, given] of Object.entries(env)) {
    const raw = given?.trim() ?? '';
    if (raw === '' || !concernsTracing(name)) continue;
    const verdict = (RULES[name] ?? accept)(raw);
    if (verdict.wrong !== undefined) {
      complain(`${name}: ${verdict.wrong}${verdict.value === undefined ? '; using the default' : ''}`);
    }
    if (verdict.value !== undefined) values[name] = verdict.value;
  }
  dropUnusableRatio(values, complain);
  return values;
}

const accept: Rule = (raw) => ({ value: raw });

/** The argument is a ratio only for the ratio samplers; other samplers read it themselves. */
function dropUnusableRatio(values: Record<string, string>, complain: (line: string) => void): void {
  const argument = values['OTEL_TRACES_SAMPLER_ARG'];
  if (argument === undefined || values['OTEL_TRACES_SAMPLER']?.endsWith('traceidratio') !== true) return;
  const { value, wrong } = ratio(argument);
  if (wrong !== undefined) complain(`OTEL_TRACES_SAMPLER_ARG: ${wrong}; using the default`);
  if (value === undefined) delete values['OTEL_TRACES_SAMPLER_ARG'];
}
