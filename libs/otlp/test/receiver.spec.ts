import { gzipSync } from 'node:zlib';
import { connect } from 'node:net';
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SPAN_FLAGS, SPAN_KIND, startOtlpReceiver, type OtlpReceiver } from '../src/receiver.ts';
import { recordedSpans } from './recorded-spans.ts';

let receiver: OtlpReceiver;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
});

afterEach(async () => {
  await receiver.close();
});

const SOURCE = {
  traceId: '5b8efff798038103d269b633813fc60c',
  spanId: 'eee19b7ec3c1b174',
  traceFlags: TraceFlags.NONE,
};

/** Records a batch span with one link and exports it. Rejects if the exporter gives up. */
async function exportBatch(exporter: SpanExporter, name = 'process-batch'): Promise<void> {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders-batch' }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  recordBatch(provider.getTracer('orders', '1.2.3'), name);
  await provider.forceFlush();
  await provider.shutdown();
}

function recordBatch(tracer: Tracer, name: string): void {
  const link = { context: { ...SOURCE, isRemote: true }, attributes: { 'messaging.message.id': 'order-1' } };
  const options = {
    kind: SpanKind.CONSUMER,
    links: [link],
    attributes: { 'batch.size': 1, ratio: 0.5 },
    root: true,
  };
  const batch = tracer.startSpan(name, options);
  tracer.startSpan('reconcile-order', {}, trace.setSpan(ROOT_CONTEXT, batch)).end();
  batch.addEvent('claimed', { orders: 1 });
  batch.end();
}

function traceUrl(): string {
  return `${receiver.url}/v1/traces`;
}

function batchBytes(): Uint8Array {
  return ProtobufTraceSerializer.serializeRequest(
    recordedSpans((tracer) => recordBatch(tracer, 'process-batch')),
  )!;
}

function post(
  path: string,
  body: NonNullable<RequestInit['body']>,
  headers: Record<string, string> = {},
): Promise<Response> {
  const type = { 'content-type': 'application/x-protobuf' };
  return fetch(`${receiver.url}${path}`, { method: 'POST', body, headers: { ...type, ...headers } });
}

describe('the receiver, fed by the OpenTelemetry exporters', () => {
  it.each([
    ['protobuf', () => new ProtobufExporter({ url: traceUrl() }), 'application/x-protobuf', ''],
    [
      'protobuf with gzip',
      () => new ProtobufExporter({ url: traceUrl(), compression: CompressionAlgorithm.GZIP }),
      'application/x-protobuf',
      'gzip',
    ],
    ['JSON', () => new JsonExporter({ url: traceUrl() }), 'application/json', ''],
    [
      'JSON with gzip',
      () => new JsonExporter({ url: traceUrl(), compression: CompressionAlgorithm.GZIP }),
      'application/json',
      'gzip',
    ],
  ])('accepts %s', async (_, exporter, contentType, contentEncoding) => {
    await exportBatch(exporter());
    const spans = await receiver.waitForSpans((all) => all.length === 2);
    const batch = spans.find((span) => span.name === 'process-batch')!;
    const child = spans.find((span) => span.name === 'reconcile-order')!;
    expect(batch).toMatchObject({
      parentSpanId: undefined,
      kind: SPAN_KIND.consumer,
      serviceName: 'orders-batch',
      scopeName: 'orders',
      scopeVersion: '1.2.3',
      attributes: { 'batch.size': 1, ratio: 0.5 },
      events: [{ name: 'claimed', attributes: { orders: 1 } }],
      links: [
        {
          traceId: SOURCE.traceId,
          spanId: SOURCE.spanId,
          flags: SPAN_FLAGS.hasIsRemote | SPAN_FLAGS.isRemote,
          attributes: { 'messaging.message.id': 'order-1' },
        },
      ],
    });
    expect(batch.resource['service.name']).toBe('orders-batch');
    expect(batch.exact.attributes[0]).toEqual({ key: 'batch.size', value: 1n });
    expect(child).toMatchObject({ traceId: batch.traceId, parentSpanId: batch.spanId });
    expect(receiver).toMatchObject({ spanCount: 2, linkCount: 1 });
    expect(receiver.requests).toMatchObject([
      { path: '/v1/traces', contentType, contentEncoding, answer: 200 },
    ]);
    expect(receiver.counts).toMatchObject({ requests: 1, traces: 1, refused: 0 });
  });

  it('keeps the decompressed message and its length on the wire', async () => {
    const bytes = batchBytes();
    const packed = gzipSync(bytes);
    await post('/v1/traces', packed, { 'content-encoding': 'gzip' });
    expect(receiver.requests[0]!.bytes).toEqual(Buffer.from(bytes));
    expect(receiver.requests[0]!.bytesOnWire).toBe(packed.length);
    expect(receiver.counts).toMatchObject({ bytes: bytes.length, bytesOnWire: packed.length });
  });

  it('makes an exporter retry until it accepts the spans, and counts them once', async () => {
    receiver.respondWith({ status: 503, retryAfterSeconds: 1 });
    const exported = exportBatch(new ProtobufExporter({ url: traceUrl() }));
    await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
    expect(receiver.spans()).toEqual([]);
    receiver.respondWith('ok');
    await exported;
    expect(receiver.spanCount).toBe(2);
    expect(receiver.requests[0]!.answer).toBe(503);
    expect(receiver.requests.at(-1)!.answer).toBe(200);
    expect(receiver.counts.refused).toBe(receiver.requests.length - 1);
  });

  it('can cut connections, and the exporter tries again', async () => {
    receiver.respondWith('reset');
    const exported = exportBatch(new JsonExporter({ url: traceUrl() }));
    await expect.poll(() => receiver.requests.length, { timeout: 20_000 }).toBeGreaterThan(0);
    receiver.respondWith('ok');
    await exported;
    expect(receiver.requests[0]!.answer).toBe('reset');
    expect(receiver.spanCount).toBe(2);
  });

  it('can leave a request without an answer, and still closes', async () => {
    receiver.respondWith('hang');
    const failure = post('/v1/traces', batchBytes()).then(
      () => 'answered',
      () => 'cut off',
    );
    await expect.poll(() => receiver.requests.length).toBe(1);
    expect(receiver.spans()).toEqual([]);
    await receiver.close();
    expect(await failure).toBe('cut off');
    expect(receiver.requests[0]!.answer).toBe('hang');
  });
});

describe('the receiver answers', () => {
  it.each([
    ['application/x-protobuf', new Uint8Array()],
    ['application/json', Buffer.from('{}')],
  ])('%s with an empty response of the same type, like a full success', async (type, body) => {
    const response = await post('/v1/traces', batchOrEmpty(type), {
      'content-type': `${type}; charset=utf-8`,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(type);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.from(body));
  });

  it.each(['/v1/metrics', '/v1/logs'])('%s with 200, and counts it', async (path) => {
    expect((await post(path, new Uint8Array([1, 2, 3]))).status).toBe(200);
    expect(receiver.counts[path === '/v1/logs' ? 'logs' : 'metrics']).toBe(1);
    expect(receiver.requests).toMatchObject([{ path, answer: 200 }]);
    expect(receiver.spanCount).toBe(0);
  });

  it('bytes that are no request with 400 and the reason, and does not count their spans', async () => {
    const response = await post('/v1/traces', '{"resourceSpans":[{"scopeSpans":5}]}', {
      'content-type': 'application/json',
    });
    expect(response.status).toBe(400);
    const { message } = (await response.json()) as { message: string };
    expect(message).toContain('$.resourceSpans[0].scopeSpans');
    expect(receiver.requests).toMatchObject([{ answer: 400 }]);
    expect(receiver.counts).toMatchObject({ requests: 1, refused: 1, traces: 0 });
  });

  it.each([
    ['GET of an OTLP path', 405, () => fetch(traceUrl())],
    ['another path', 404, () => post('/v1/profiles', new Uint8Array())],
    ['another type', 415, () => post('/v1/traces', 'text', { 'content-type': 'text/plain' })],
    ['another compression', 415, () => post('/v1/traces', 'x', { 'content-encoding': 'br' })],
    ['a body that is not gzip', 400, () => post('/v1/traces', 'x', { 'content-encoding': 'gzip' })],
  ])('%s with an error', async (_, status, ask) => {
    expect((await ask()).status).toBe(status);
    expect(receiver.requests).toEqual([]);
    expect(receiver.counts).toMatchObject({ traces: 0, spans: 0 });
  });

  it('a compressed or plain body over the limit with 413, and stays usable', async () => {
    await receiver.close();
    receiver = await startOtlpReceiver({ maxBodyBytes: 10_000 });
    const large = Buffer.alloc(5_000_000);
    expect((await post('/v1/traces', large)).status).toBe(413);
    expect((await post('/v1/traces', gzipSync(large), { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post('/v1/traces', batchBytes())).status).toBe(200);
    expect(receiver.counts).toMatchObject({ requests: 3, refused: 2, spans: 2 });
  });

  it('with Retry-After if configured', async () => {
    receiver.respondWith({ status: 429, retryAfterSeconds: 7 });
    const response = await post('/v1/traces', batchBytes());
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toBe('7');
  });

  it('nothing to a client that leaves in mid-body, and continues', async () => {
    const socket = connect(receiver.port, '127.0.0.1');
    const head =
      'POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\ncontent-length: 99\r\n\r\n';
    await new Promise((resolve) => socket.write(`${head}abc`, resolve));
    socket.destroy();
    await expect.poll(() => receiver.counts.refused).toBe(1);
    expect((await post('/v1/traces', batchBytes())).status).toBe(200);
  });
});

describe('waitForSpans', () => {
  it('resolves with spans that already arrived', async () => {
    await post('/v1/traces', batchBytes());
    await expect(receiver.waitForSpans((all) => all.length === 2)).resolves.toHaveLength(2);
  });

  it('resolves as soon as the spans arrive, over several requests', async () => {
    const waiting = receiver.waitForSpans(
      (all) => all.filter((span) => span.name === 'process-batch').length === 2,
    );
    await post('/v1/traces', batchBytes());
    await post('/v1/traces', batchBytes());
    expect(await waiting).toHaveLength(4);
  });

  it('lists the spans that arrived when it gives up', async () => {
    await post('/v1/traces', batchBytes());
    const waiting = receiver.waitForSpans(() => false, { describe: 'receive-order' });
    const rejected = expect(waiting).rejects.toThrow(
      'Waited for receive-order, but the receiver was closed. Arrived: 4 spans (reconcile-order ×2, process-batch ×2); 3 requests, 1 of them refused',
    );
    await post('/v1/traces', batchBytes());
    receiver.respondWith({ status: 500 });
    await post('/v1/traces', batchBytes());
    await receiver.close();
    await rejected;
  });

  it('gives up in time, and says so when nothing arrived', async () => {
    await expect(receiver.waitForSpans(() => false, { timeoutMs: 1 })).rejects.toThrow(
      'Waited for spans, but not within 1 ms. Arrived: no span; 0 requests',
    );
  });

  it('rejects with the error of the predicate', async () => {
    const waiting = receiver.waitForSpans(() => {
      throw new Error('no such span');
    });
    await expect(waiting).rejects.toThrow('no such span');
  });
});

describe('the receiver', () => {
  it('forgets everything when it is cleared', async () => {
    await post('/v1/traces', batchBytes());
    receiver.clear();
    expect(receiver.spans()).toEqual([]);
    expect(receiver.requests).toEqual([]);
    expect(receiver).toMatchObject({ spanCount: 0, linkCount: 0 });
  });

  it('keeps only figures if configured', async () => {
    await receiver.close();
    receiver = await startOtlpReceiver({ keep: 'counts' });
    await post('/v1/traces', batchBytes());
    const json = JsonTraceSerializer.serializeRequest(
      recordedSpans((tracer) => recordBatch(tracer, 'process-batch')),
    )!;
    await post('/v1/traces', json, { 'content-type': 'application/json' });
    expect(receiver.counts).toMatchObject({ requests: 2, traces: 2, spans: 4, links: 2 });
    expect(receiver.requests).toEqual([]);
    expect(() => receiver.spans()).toThrow("keep: 'counts'");
    await expect(receiver.waitForSpans(() => true)).rejects.toThrow("keep: 'counts'");
    expect(await (await fetch(`${receiver.url}/counts`)).json()).toEqual(receiver.counts);
  });

  it('rejects a port that is taken', async () => {
    await expect(startOtlpReceiver({ port: receiver.port })).rejects.toThrow('EADDRINUSE');
  });

  it('can be closed twice', async () => {
    await receiver.close();
    await expect(receiver.close()).resolves.toBeUndefined();
  });
});

function batchOrEmpty(type: string): Uint8Array {
  return type === 'application/json' ? new TextEncoder().encode('{"resourceSpans":[]}') : batchBytes();
}
