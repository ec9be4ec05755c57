import { metrics } from '@opentelemetry/api';
import type { DataPoint } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, it } from 'vitest';
import { endedSpan } from '../../test/sdk/ended-spans.ts';
import { ExportError } from './export-failure.ts';
import { observeExportQueues } from './export-metrics.ts';
import { ExportQueue } from './export-queue.ts';
import { sdkMetrics } from './packages.ts';
import type { ExportResult } from './span-pipeline.ts';

afterEach(() => metrics.disable());

/** A queue of ten with real metrics; `answers` lists the outcome of each export. */
function observedQueue(answers: (ExportResult | 'never')[]) {
  const { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } =
    sdkMetrics();
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter })] });
  metrics.setGlobalMeterProvider(provider);
  const queue = new ExportQueue({
    exporter: {
      export: (_spans, done) => {
        const answer = answers.shift() ?? 'never';
        if (answer !== 'never') done(answer);
      },
      shutdown: () => Promise.resolve(),
    },
    destination: 'the backend',
    maxQueueSize: 10,
    maxExportBatchSize: 4,
    scheduleDelayMs: 60_000,
    exportTimeoutMs: 60_000,
    log: () => {},
  });
  observeExportQueues([{ queue, exporterType: 'otlp_http_span_exporter' }]);

  /** `{ 'name{error.type}': value }` */
  const collect = async (): Promise<Record<string, unknown>> => {
    await provider.forceFlush();
    const series: Record<string, unknown> = {};
    const read = exporter
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics);
    for (const { descriptor, dataPoints } of read) {
      for (const { attributes, value } of dataPoints as DataPoint<number>[]) {
        const marks = [attributes['error.type'], attributes['spanlinks.link_bearing']];
        const label = marks.filter((mark) => mark !== undefined).join(' ');
        series[label === '' ? descriptor.name : `${descriptor.name} ${label}`] = value;
      }
    }
    return series;
  };
  return { queue, collect, provider, exporter };
}

const unavailable: ExportResult = {
  code: 1,
  error: new ExportError({ reason: 'HTTP 503', cause: '503', retryable: true }),
};

describe('the metrics of an export queue', () => {
  it('show waiting spans, spans on their way, and spans dropped for lack of room', async () => {
    const { queue, collect } = observedQueue(['never']);
    for (let index = 0; index < 10; index++) queue.onEnd(endedSpan({ links: 1 }));
    for (let index = 0; index < 3; index++) queue.onEnd(endedSpan());
    queue.onEnd(endedSpan({ links: 1 }));
    await new Promise(setImmediate);
    expect(await collect()).toEqual({
      'otel.sdk.processor.span.queue.size': 6,
      'otel.sdk.processor.span.queue.capacity': 10,
      'otel.sdk.processor.span.processed': 0,
      'otel.sdk.processor.span.processed queue_full false': 3,
      'otel.sdk.processor.span.processed queue_full true': 1,
      'otel.sdk.exporter.span.inflight': 4,
      'otel.sdk.exporter.span.exported': 0,
    });
  });

  it('show exports by outcome, and never go down when spans return to the queue', async () => {
    const { queue, collect } = observedQueue([{ code: 0, rejected: 1 }, unavailable, { code: 0 }]);
    for (let index = 0; index < 4; index++) queue.onEnd(endedSpan());
    await queue.flush();
    for (let index = 0; index < 2; index++) queue.onEnd(endedSpan());
    queue.onEnd(endedSpan({ links: 1 }));
    await queue.flush();
    const before = await collect();
    expect(before).toMatchObject({
      'otel.sdk.processor.span.queue.size': 1,
      'otel.sdk.processor.span.processed': 6,
      'otel.sdk.exporter.span.exported': 3,
      'otel.sdk.exporter.span.exported rejected': 1,
      'otel.sdk.exporter.span.exported 503': 3,
    });
    await queue.flush();
    expect(await collect()).toMatchObject({
      'otel.sdk.processor.span.processed': 7,
      'otel.sdk.exporter.span.exported': 4,
    });
  });

  it('distinguish spans that came too late from those without room', async () => {
    const { queue, collect } = observedQueue([]);
    await queue.close();
    queue.onEnd(endedSpan({ links: 1 }));
    const series = await collect();
    expect(series).toMatchObject({ 'otel.sdk.processor.span.processed shutdown true': 1 });
    expect(Object.keys(series).join()).not.toContain('queue_full');
  });

  it('name queue and exporter as in the conventions', async () => {
    const { collect, exporter } = observedQueue([]);
    await collect();
    const names = exporter
      .getMetrics()
      .at(-1)!
      .scopeMetrics.flatMap((scope) => scope.metrics)
      .flatMap(({ dataPoints }) => dataPoints.map(({ attributes }) => attributes['otel.component.name']));
    expect(new Set(names)).toEqual(new Set(['ExportQueue/0', 'otlp_http_span_exporter/0']));
  });
});
