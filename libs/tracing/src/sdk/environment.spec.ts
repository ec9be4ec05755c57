import { describe, expect, it } from 'vitest';
import { readEnvironment } from './environment.ts';

function read(env: Record<string, string>): { values: Record<string, string>; complaints: string[] } {
  const complaints: string[] = [];
  return { values: { ...readEnvironment(env, (line) => complaints.push(line)) }, complaints };
}

describe('readEnvironment', () => {
  it('passes good values on, trimmed, and leaves other variables alone', () => {
    const { values, complaints } = read({
      PATH: '/bin',
      OTEL_SERVICE_NAME: 'orders-api',
      OTEL_TRACES_SAMPLER: ' parentbased_traceidratio ',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_TRACES_EXPORTER: 'otlp, console',
      OTEL_EXPORTER_OTLP_HEADERS: 'signoz-ingestion-key=a%20b==',
      OTEL_LOG_LEVEL: 'debug',
    });
    expect(complaints).toEqual([]);
    expect(values).toEqual({
      OTEL_SERVICE_NAME: 'orders-api',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
      OTEL_TRACES_EXPORTER: 'otlp,console',
      OTEL_EXPORTER_OTLP_HEADERS: 'signoz-ingestion-key=a%20b==',
      OTEL_LOG_LEVEL: 'DEBUG',
    });
  });

  it('treats an empty value as an unset one', () => {
    expect(read({ OTEL_TRACES_SAMPLER: '', OTEL_SERVICE_NAME: '  ' })).toEqual({
      values: {},
      complaints: [],
    });
  });

  it.each([
    ['OTEL_TRACES_SAMPLER', 'sometimes'],
    ['OTEL_TRACES_EXPORTER', 'otlp,none'],
    ['OTEL_TRACES_EXPORTER', 'jaeger'],
    ['OTEL_PROPAGATORS', 'w3c'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'http/xml'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4317'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'not a url'],
    ['OTEL_EXPORTER_OTLP_TIMEOUT', '0'],
    ['OTEL_EXPORTER_OTLP_COMPRESSION', 'zip'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '-1'],
    ['OTEL_BSP_SCHEDULE_DELAY', '5s'],
    ['OTEL_BSP_SCHEDULE_DELAY', '3000000000'],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '1e3'],
    ['OTEL_SPAN_LINK_COUNT_LIMIT', '128.5'],
    ['OTEL_LOG_LEVEL', 'loud'],
    ['OTEL_SDK_DISABLED', 'yes'],
    ['OTEL_NODE_RESOURCE_DETECTORS', 'moon'],
    ['SPAN_LINKS_INSTRUMENTATIONS', 'everything'],
    ['SPAN_LINKS_SAMPLER', 'some'],
    ['SPAN_LINKS_SAMPLER', 'ratio:0'],
    ['SPAN_LINKS_SAMPLER', 'ratio:1.5'],
    ['SPAN_LINKS_SAMPLER', 'ratio:'],
    ['SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND', '-1'],
    ['SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND', 'many'],
    ['OTEL_METRIC_EXPORT_INTERVAL', '0'],
  ])('reports %s=%s in one line that names it, and uses the default', (name, value) => {
    const { values, complaints } = read({ [name]: value });
    expect(values).toEqual({});
    expect(complaints).toHaveLength(1);
    expect(complaints[0]).toMatch(new RegExp(`^${name}: .*using the default$`));
  });

  it('keeps the good members of a list', () => {
    const { values, complaints } = read({ OTEL_PROPAGATORS: 'tracecontext,w3c,baggage,baggage' });
    expect(values).toEqual({ OTEL_PROPAGATORS: 'tracecontext,baggage' });
    expect(complaints).toEqual([
      'OTEL_PROPAGATORS: "w3c": not one of tracecontext, baggage, b3, b3multi, jaeger, none; left out',
    ]);
  });

  it.each(['1.5', '-0.1', 'half'])('does not accept %s as a ratio', (argument) => {
    const { values, complaints } = read({
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: argument,
    });
    expect(values).toEqual({ OTEL_TRACES_SAMPLER: 'traceidratio' });
    expect(complaints).toHaveLength(1);
  });

  it('does not judge the argument of another sampler', () => {
    expect(read({ OTEL_TRACES_SAMPLER: 'always_on', OTEL_TRACES_SAMPLER_ARG: 'x' }).complaints).toEqual([]);
  });

  it.each([
    ['OTEL_EXPORTER_OTLP_HEADERS', 'good=1,authorization:hunter2', { OTEL_EXPORTER_OTLP_HEADERS: 'good=1' }],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'authorization=%hunter2', {}],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'ftp://user:hunter2@host', {}],
  ])('never repeats a value that may be secret: %s', (name, value, expected) => {
    const { values, complaints } = read({ [name]: value });
    expect(values).toEqual(expected);
    expect(complaints).toHaveLength(1);
    expect(complaints.join()).not.toContain('hunter2');
  });
});
