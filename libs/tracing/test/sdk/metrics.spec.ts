import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFixture } from './run-fixture.ts';

let receiver: OtlpReceiver;
let metrics: OtlpReceiver;
let env: Record<string, string>;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  metrics = await startOtlpReceiver();
  env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${metrics.url}/v1/metrics`,
    OTEL_METRICS_EXPORTER: 'otlp',
  };
});
afterEach(() => Promise.all([receiver.close(), metrics.close()]));

/** These waits are longer than any test. */
const PATIENT = {
  OTEL_EXPORTER_OTLP_METRICS_TIMEOUT: '3600000',
  OTEL_METRIC_EXPORT_INTERVAL: '3600000',
  OTEL_METRIC_EXPORT_TIMEOUT: '3600000',
};

const received = (): string => metrics.requests.map(({ bytes }) => Buffer.from(bytes).toString()).join();

describe('OTEL_METRICS_EXPORTER=otlp', () => {
  it.each(['http/protobuf', 'http/json'])('sends the last metrics at the end, over %s', async (protocol) => {
    const { code, stderr } = await runFixture('metrics.mjs', {
      env: { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: protocol },
    }).ended;
    expect(code).toBe(0);
    expect(stderr).toContain(`metrics to otlp ${protocol} ${metrics.url}/v1/metrics, `);
    expect(metrics.requests.map(({ path }) => path)).toEqual(['/v1/metrics']);
    expect(received()).toContain('spanlinks.links');
    expect(received()).toContain('otel.sdk.processor.span.processed');
    expect(receiver.spanCount).toBe(1);
  });

  it('sends them in the interval, from a process that lives on', async () => {
    const service = runFixture('metrics.mjs', {
      args: ['lives'],
      env: { ...env, OTEL_METRIC_EXPORT_INTERVAL: '100' },
    });
    await service.ready;
    await expect.poll(() => metrics.counts.metrics, { timeout: 20_000 }).toBeGreaterThan(1);
    expect(received()).toContain('otel.sdk.processor.span.queue.size');
  });

  it('sends nothing, and makes no reader, by default', async () => {
    await runFixture('metrics.mjs', { env: { ...env, OTEL_METRICS_EXPORTER: 'none' } }).ended;
    expect(metrics.counts.requests).toBe(0);
  });

  it('counts the spans that a dead backend has cost', async () => {
    await receiver.close();
    await runFixture('metrics.mjs', { env: { ...env, OTEL_EXPORTER_OTLP_METRICS_PROTOCOL: 'http/json' } })
      .ended;
    expect(received()).toMatch(/otel\.sdk\.exporter\.span\.exported.*"error\.type".*ECONNREFUSED/);
  });

  it.each(['refuses connections', 'hangs'])(
    'does not keep a finished process alive when its backend %s',
    async (how) => {
      if (how === 'hangs') metrics.respondWith('hang');
      else await metrics.close();
      const { code, stderr } = await runFixture('metrics.mjs', { env: { ...env, ...PATIENT } }).ended;
      expect(code).toBe(0);
      expect(receiver.spanCount).toBe(1);
      expect(stderr.match(/takes no metrics/g)).toHaveLength(1);
    },
  );

  it('a stop does not try again at a dead backend', async () => {
    await metrics.close();
    const { code } = await runFixture('metrics.mjs', { args: ['stops'], env: { ...env, ...PATIENT } }).ended;
    expect(code).toBe(0);
  });

  it('says once that a backend is dead, for any number of attempts', async () => {
    metrics.respondWith({ status: 500 });
    const service = runFixture('metrics.mjs', {
      args: ['lives'],
      env: { ...env, OTEL_METRIC_EXPORT_INTERVAL: '50' },
    });
    await service.ready;
    await expect.poll(() => metrics.requests.length, { timeout: 20_000 }).toBeGreaterThan(3);
    service.kill('SIGTERM');
    const { stderr, signal } = await service.ended;
    expect(signal).toBe('SIGTERM');
    expect(stderr.trim().split('\n')).toHaveLength(2);
  });

  it('a process dies of its signal although both backends hang', async () => {
    receiver.respondWith('hang');
    metrics.respondWith('hang');
    const service = runFixture('metrics.mjs', { args: ['lives'], env });
    await service.ready;
    service.kill('SIGTERM');
    expect(await service.ended).toMatchObject({ code: null, signal: 'SIGTERM' });
    expect(metrics.requests).toHaveLength(1);
  });
});
