import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ExportQueue } from '../../src/sdk/export-queue.ts';
import { OtlpHttpExporter } from '../../src/sdk/otlp-http-exporter.ts';
import type { EndedSpan } from '../../src/sdk/span-pipeline.ts';
import { endedSpan } from './ended-spans.ts';

let receiver: OtlpReceiver;
let queue: ExportQueue;
let lines: string[];

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
  // Shorter than the first pause between two attempts: each export has one.
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
  lines = [];
  queue = new ExportQueue({
    exporter: new OtlpHttpExporter<EndedSpan[]>('traces', 'http/protobuf'),
    destination: receiver.url,
    maxQueueSize: 100,
    maxExportBatchSize: 10,
    scheduleDelayMs: 20,
    exportTimeoutMs: 10_000,
    log: (line) => lines.push(line),
  });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await queue.close();
  await receiver.close();
});

describe('an outage of the backend', () => {
  it.each([503, 429])('answered with %i costs spans without links, but none with links', async (status) => {
    receiver.respondWith({ status });
    for (let batch = 0; batch < 5; batch++) {
      for (let child = 0; child < 9; child++) queue.onEnd(endedSpan({ name: 'reconcile-order' }));
      queue.onEnd(endedSpan({ name: 'process-batch', links: 3 }));
    }
    await expect.poll(() => queue.counters().failed.exports, { timeout: 10_000 }).toBeGreaterThan(6);
    expect(queue.counters()).toMatchObject({ queued: 5, failed: { spans: 45 } });
    receiver.respondWith('ok');
    const spans = await receiver.waitForSpans((received) => received.length === 5);
    expect(spans.map(({ name }) => name)).toEqual(Array<string>(5).fill('process-batch'));
    await expect.poll(() => lines.at(-1)).toContain('takes spans again; 45 spans were dropped');
    expect(lines).toHaveLength(2);
  });

  it('that never answers a request in time keeps spans with links as well', async () => {
    receiver.respondWith('hang');
    queue.onEnd(endedSpan({ name: 'process-batch', links: 3 }));
    await expect.poll(() => queue.counters().failed.exports, { timeout: 10_000 }).toBeGreaterThan(1);
    receiver.respondWith('ok');
    await receiver.waitForSpans((received) => received.length === 1);
  });
});
