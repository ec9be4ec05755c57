import { afterEach, describe, expect, it, vi } from 'vitest';
import { readConfig, tracingIsDisabled, withEnvironment } from './config.ts';

const silent = (): void => {};

describe('readConfig', () => {
  it('has defaults for everything', () => {
    expect(readConfig(silent, {})).toEqual({
      environment: { OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' },
      exporters: ['otlp'],
      protocol: 'http/protobuf',
      endpoint: 'http://localhost:4318/v1/traces',
      metrics: {
        exporters: ['none'],
        protocol: 'http/protobuf',
        endpoint: 'http://localhost:4318/v1/metrics',
        intervalMs: 60_000,
        timeoutMs: 30_000,
      },
      sampler: { name: 'parentbased_always_on', ratio: 1, keepWhen: 'off', maxExtraPerSecond: 100 },
      instrumentations: 'curated',
      linkLimit: 128,
      queue: { maxQueueSize: 8192, maxExportBatchSize: 512, scheduleDelayMs: 5_000, exportTimeoutMs: 30_000 },
      journal: undefined,
      env: {},
      silent: false,
    });
  });

  it.each(['traceidratio', 'parentbased_traceidratio'])('lets links decide beside %s', (name) => {
    const env = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: '0.01' };
    expect(readConfig(silent, env).sampler).toEqual({
      name,
      ratio: 0.01,
      keepWhen: 'any',
      maxExtraPerSecond: 100,
    });
  });

  it.each([
    ['any', 'any'],
    ['ALL', 'all'],
    ['off', 'off'],
    ['ratio:0.5', { ratio: 0.5 }],
    ['ratio:1', { ratio: 1 }],
  ])('prefers SPAN_LINKS_SAMPLER=%s to the option', (value, keepWhen) => {
    const env = { SPAN_LINKS_SAMPLER: value, SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND: '0.5' };
    const { sampler } = readConfig(silent, env, { keepWhen: { ratio: 0.1 }, maxExtraPerSecond: 7 });
    expect(sampler).toMatchObject({ keepWhen, maxExtraPerSecond: 0.5 });
  });

  it('uses the options for sampling by links if no variable is set', () => {
    const { sampler } = readConfig(silent, {}, { keepWhen: 'all', maxExtraPerSecond: 7 });
    expect(sampler).toMatchObject({ keepWhen: 'all', maxExtraPerSecond: 7 });
  });

  it('sends metrics to the target of their own variables, with a timeout that fits the interval', () => {
    const { metrics } = readConfig(silent, {
      OTEL_METRICS_EXPORTER: 'otlp,console',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://all',
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://user:secret@only/metrics',
      OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json',
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    });
    expect(metrics).toEqual({
      exporters: ['otlp', 'console'],
      protocol: 'http/json',
      endpoint: 'http://only/metrics',
      intervalMs: 1_000,
      timeoutMs: 1_000,
    });
  });

  it('honours OTEL_BSP_, OTEL_SPAN_LINK_COUNT_LIMIT and the choice of metrics', () => {
    const config = readConfig(silent, {
      OTEL_BSP_MAX_QUEUE_SIZE: '100',
      OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '10',
      OTEL_BSP_SCHEDULE_DELAY: '20',
      OTEL_BSP_EXPORT_TIMEOUT: '30',
      OTEL_SPAN_LINK_COUNT_LIMIT: '0',
      OTEL_METRICS_EXPORTER: 'console',
    });
    expect(config.queue).toEqual({
      maxQueueSize: 100,
      maxExportBatchSize: 10,
      scheduleDelayMs: 20,
      exportTimeoutMs: 30,
    });
    expect(config.linkLimit).toBe(0);
    expect(config.environment['OTEL_METRICS_EXPORTER']).toBe('console');
    expect(config.environment['OTEL_LOGS_EXPORTER']).toBe('none');
  });

  it.each([
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector/base/' }, 'https://collector/base/v1/traces'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://user:secret@host:1/x?key=secret' }, 'http://host:1/x'],
    [{ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'http://localhost:4317'],
    [
      { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_ENDPOINT: 'https://host:4317' },
      'https://host:4317',
    ],
  ])('shows the endpoint of %o without secrets', (env, endpoint) => {
    expect(readConfig(silent, env).endpoint).toBe(endpoint);
  });

  it('complains about nothing if OTEL_LOG_LEVEL is none', () => {
    const complaints: string[] = [];
    const env = { OTEL_LOG_LEVEL: 'none', OTEL_TRACES_SAMPLER: 'wrong' };
    expect(readConfig((line) => complaints.push(line), env).silent).toBe(true);
    expect(complaints).toEqual([]);
  });
});

describe('tracingIsDisabled', () => {
  it.each([
    ['true', true],
    [' TRUE ', true],
    ['false', false],
    ['1', false],
    [undefined, false],
  ])('for OTEL_SDK_DISABLED=%s is %s', (value, disabled) => {
    expect(tracingIsDisabled({ OTEL_SDK_DISABLED: value })).toBe(disabled);
  });
});

describe('withEnvironment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it('shows the SDK only the given tracing variables, and puts the old ones back', () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'old');
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'wrong');
    const read = (): unknown[] => {
      const { OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_PROPAGATORS, PATH } = process.env;
      return [OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER, OTEL_PROPAGATORS, PATH !== undefined];
    };
    const given = { OTEL_SERVICE_NAME: 'new', OTEL_PROPAGATORS: 'b3' };
    expect(withEnvironment(given, read)).toEqual(['new', undefined, 'b3', true]);
    expect(read()).toEqual(['old', 'wrong', undefined, true]);
  });

  it('puts them back even after an error', () => {
    vi.stubEnv('OTEL_SERVICE_NAME', 'old');
    const failing = (): never => {
      throw new Error('start failed');
    };
    expect(() => withEnvironment({ OTEL_SERVICE_NAME: 'new' }, failing)).toThrow('start failed');
    expect(process.env['OTEL_SERVICE_NAME']).toBe('old');
  });
});
