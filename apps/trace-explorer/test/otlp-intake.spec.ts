import { once } from 'node:events';
import { connect } from 'node:net';
import { deflateSync, gzipSync } from 'node:zlib';
import { ROOT_CONTEXT, SpanKind, type Link } from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor, type SpanExporter } from '@opentelemetry/sdk-trace-base';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import type { LinkPage, SpanDetail, SpanPage, TracePage } from '@span-links/explorer-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer({
    maxBodyBytes: 200_000,
    elementLimits: { ...DEFAULT_ELEMENT_LIMITS, spans: 500 },
  });
});
afterAll(() => explorer.close());

function provider(service: string, exporter: SpanExporter) {
  return new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
}

describe('the exporters of the SDK', () => {
  it.each([
    ['protobuf', (url: string) => new ProtobufExporter({ url })],
    [
      'protobuf, packed',
      (url: string) => new ProtobufExporter({ url, compression: CompressionAlgorithm.GZIP }),
    ],
    ['JSON', (url: string) => new JsonExporter({ url })],
    ['JSON, packed', (url: string) => new JsonExporter({ url, compression: CompressionAlgorithm.GZIP })],
  ])('deliver spans and links as %s, and both ends find each other', async (encoding, exporterFor) => {
    const endpoint = `${explorer.url}/v1/traces`;
    const api = provider(`api over ${encoding}`, exporterFor(endpoint));
    const batch = provider(`batch over ${encoding}`, exporterFor(endpoint));
    const links: Link[] = [];
    for (let order = 0; order < 5; order++) {
      const span = api.getTracer('api').startSpan('receive-order', { kind: SpanKind.PRODUCER }, ROOT_CONTEXT);
      links.push({ context: span.spanContext(), attributes: { 'messaging.message.id': `m${order}` } });
      span.end();
    }
    const process = batch.getTracer('batch').startSpan('process-batch', {
      kind: SpanKind.CONSUMER,
      root: true,
      links,
      attributes: { 'batch.size': 5, 'batch.ids': ['a', 'b'], ratio: 0.5, first: true },
    });
    process.addEvent('claimed', { rows: 5 });
    process.end();
    // The batch comes first, so its links lead to missing spans.
    await batch.shutdown();
    const { traceId, spanId } = process.spanContext();
    const path = `/api/v1/traces/${traceId}/spans/${spanId}`;
    const early = await getJson<LinkPage>(explorer.url, `${path}/links`);
    expect(early.rollUp).toMatchObject({ total: 5, resolved: 0, unresolved: { not_received: 5 } });
    await api.shutdown();

    const { links: resolved, completeness } = await getJson<LinkPage>(explorer.url, `${path}/links`);
    expect(resolved.map(({ other }) => other.resolved && other.name)).toEqual(Array(5).fill('receive-order'));
    expect(resolved.map(({ spanId }) => spanId)).toEqual(links.map(({ context }) => context.spanId));
    expect(resolved[3]?.attributes).toEqual([{ key: 'messaging.message.id', type: 'string', value: 'm3' }]);
    expect(completeness).toMatchObject({ kept: 5, expected: 5, verdict: 'complete' });
    const target = links[0]!.context;
    const back = await getJson<LinkPage>(
      explorer.url,
      `/api/v1/traces/${target.traceId}/spans/${target.spanId}/links?direction=in`,
    );
    expect(back.links).toMatchObject([{ traceId, spanId, other: { resolved: true, name: 'process-batch' } }]);
    const detail = await getJson<SpanDetail>(explorer.url, path);
    expect(detail).toMatchObject({
      service: `batch over ${encoding}`,
      kind: 'consumer',
      events: [{ name: 'claimed' }],
    });
    expect(detail.attributes).toContainEqual({ key: 'batch.size', type: 'int', value: '5' });
    expect(detail.attributes).toContainEqual({ key: 'ratio', type: 'double', value: 0.5 });
  });
});

describe('the answer to OTLP', () => {
  it('is the empty message of a full success, in the encoding of the request', async () => {
    const json = await postJson(explorer.url, requestOf([spanOf(traceIdOf(1), spanIdOf(1))]));
    expect([json.status, json.headers.get('content-type'), await json.text()]).toEqual([
      200,
      'application/json',
      '{}',
    ]);
    const protobuf = await fetch(`${explorer.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(),
    });
    expect([protobuf.status, protobuf.headers.get('content-type')]).toEqual([200, 'application/x-protobuf']);
    expect((await protobuf.arrayBuffer()).byteLength).toBe(0);
  });

  it('names the spans that cannot be kept, and keeps their neighbours', async () => {
    const spans = [
      spanOf(traceIdOf(2), spanIdOf(1)),
      spanOf(traceIdOf(0), spanIdOf(2)),
      spanOf(traceIdOf(2), spanIdOf(3)),
    ];
    const response = await postJson(explorer.url, requestOf(spans));
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      partialSuccess: { rejectedSpans: '1', errorMessage: '1 span: no valid trace id' },
    });
    const { spans: kept } = await getJson<SpanPage>(explorer.url, `/api/v1/spans?q=trace=${traceIdOf(2)}`);
    expect(kept.map(({ spanId }) => spanId).sort()).toEqual([spanIdOf(1), spanIdOf(3)]);
  });

  it('counts a request that is sent again once', async () => {
    const request = requestOf([spanOf(traceIdOf(3), spanIdOf(1))]);
    await postJson(explorer.url, request);
    expect((await postJson(explorer.url, request)).status).toBe(200);
    const { traces } = await getJson<TracePage>(explorer.url, `/api/v1/traces?q=trace=${traceIdOf(3)}`);
    expect(traces).toMatchObject([{ spanCount: 1 }]);
  });

  it('reports the number of rejected data points, and names metrics in the log once', async () => {
    const fresh = await openTestExplorer();
    try {
      const metric = { gauge: { dataPoints: [{ asInt: '1' }, { asInt: '2' }] } };
      const request = { resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] };
      for (let time = 0; time < 2; time++) {
        const response = await postJson(fresh.url, JSON.stringify(request), {}, '/v1/metrics');
        expect([response.status, await response.json()]).toEqual([
          200,
          {
            partialSuccess: {
              rejectedDataPoints: '2',
              errorMessage: expect.stringContaining('stores no metrics; set OTEL_METRICS') as string,
            },
          },
        ]);
      }
      expect(fresh.logged.filter((line) => line.includes('rejected metrics'))).toHaveLength(1);
    } finally {
      await fresh.close();
    }
  });

  it.each(['metrics', 'logs'])('is success for empty %s, and 400 for broken ones', async (signal) => {
    const path = `/v1/${signal}`;
    expect((await postJson(explorer.url, '{"resourceMetrics":[]}', {}, path)).status).toBe(200);
    expect((await postJson(explorer.url, '{"resourceMetrics":', {}, path)).status).toBe(400);
    const protobuf = { 'content-type': 'application/x-protobuf' };
    expect((await postJson(explorer.url, '\x0a\x00', protobuf, path)).status).toBe(200);
    expect((await postJson(explorer.url, '\x0a\x7fx', protobuf, path)).status).toBe(400);
  });

  it.each([
    [400, 'text that is no JSON', '{"resourceSpans":[', {}, '/v1/traces', /invalid-json/],
    [400, 'a field of the wrong type', '{"resourceSpans":7}', {}, '/v1/traces', /resourceSpans/],
    [400, 'gzip that is none', '{}', { 'content-encoding': 'gzip' }, '/v1/traces', /not gzip/],
    [
      404,
      'an unknown signal',
      '{}',
      {},
      '/v1/trace',
      /set the exporter's URL to http:\/\/127\.0\.0\.1:\d+\/v1\/traces/,
    ],
    [
      404,
      'an endpoint without its path',
      'x',
      { 'content-type': 'application/x-protobuf' },
      '/',
      /\/v1\/traces/,
    ],
    [413, 'a body over the limit', ' '.repeat(200_001), {}, '/v1/traces', /larger than 200000 bytes/],
    [415, 'another type', '{}', { 'content-type': 'text/plain' }, '/v1/traces', /application\/x-protobuf/],
    [415, 'another packing', '{}', { 'content-encoding': 'br' }, '/v1/traces', /gzip, deflate.* or none/],
  ])(
    'is %i to %s, with the reason',
    async (status, _what, body, headers: Record<string, string>, path, reason) => {
      const response = await postJson(explorer.url, body, headers, path);
      expect(response.status).toBe(status);
      expect(await response.text()).toMatch(reason);
    },
  );

  it.each(['snappy', 'lz4', 'br'])('names the accepted compressions if it refuses %s', async (packing) => {
    const response = await postJson(explorer.url, '{}', { 'content-encoding': packing });
    expect(response.status).toBe(415);
    expect(response.headers.get('accept-encoding')).toMatch(/^gzip, deflate(, zstd)?$/);
    expect(await response.text()).toContain(packing);
  });

  it.each(['GZIP', 'x-gzip', 'Deflate', '', 'identity'])(
    'is success for Content-Encoding: %s',
    async (packing) => {
      const text = JSON.stringify(requestOf([spanOf(traceIdOf(4), spanIdOf(1))]));
      const pack = /gzip/i.test(packing)
        ? gzipSync
        : /deflate/i.test(packing)
          ? deflateSync
          : (bytes: Buffer) => bytes;
      const response = await fetch(`${explorer.url}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-encoding': packing },
        body: new Uint8Array(pack(Buffer.from(text))),
      });
      expect(response.status).toBe(200);
    },
  );

  it('is 405 to another method, with the accepted one', async () => {
    const response = await fetch(`${explorer.url}/v1/traces`);
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('is 413 to zeros that decompress beyond the limit, and to too many spans', async () => {
    const bomb = await fetch(`${explorer.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      body: gzipSync(Buffer.alloc(10_000_000, ' ')),
    });
    expect(bomb.status).toBe(413);
    const spans = Array.from({ length: 501 }, (_, n) => ({ traceId: traceIdOf(9), spanId: spanIdOf(n + 1) }));
    const many = await postJson(explorer.url, requestOf(spans));
    expect([many.status, await many.text()]).toEqual([413, expect.stringContaining('500 spans')]);
    expect((await getJson<SpanPage>(explorer.url, `/api/v1/spans?q=trace=${traceIdOf(9)}`)).spans).toEqual(
      [],
    );
  });

  it('is normal after a client that leaves in mid-body, whose memory is released', async () => {
    const { port, hostname } = new URL(explorer.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write(
      'POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100000\r\n\r\n',
    );
    socket.write(' '.repeat(50_000));
    await expect.poll(() => explorer.explorer.intake.bytesInHand).toBe(50_000);
    socket.destroy();
    await expect.poll(() => explorer.explorer.intake.bytesInHand).toBe(0);
    expect(explorer.explorer.intake.counts.refusals.get('aborted')).toBe(1);
  });
});

describe('/metrics', () => {
  it('counts requests by signal and status, refusals by reason, and spans by result', async () => {
    const fresh = await openTestExplorer();
    try {
      const one = requestOf([spanOf(traceIdOf(1), spanIdOf(1)), spanOf(traceIdOf(1), spanIdOf(0))]);
      await postJson(fresh.url, one);
      await postJson(fresh.url, one);
      await postJson(fresh.url, '{');
      await postJson(fresh.url, '{}', {}, '/v1/logs');
      const response = await fetch(`${fresh.url}/metrics`);
      expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
      const lines = (await response.text()).split('\n');
      expect(lines).toEqual(
        expect.arrayContaining([
          '# TYPE trace_explorer_requests_total counter',
          'trace_explorer_requests_total{signal="traces",status="200"} 2',
          'trace_explorer_requests_total{signal="traces",status="400"} 1',
          'trace_explorer_requests_total{signal="logs",status="200"} 1',
          'trace_explorer_requests_refused_total{reason="invalid_json"} 1',
          'trace_explorer_spans_stored_total 1',
          'trace_explorer_spans_duplicate_total 1',
          'trace_explorer_spans_refused_total 2',
          'trace_explorer_request_bytes_in_hand 0',
          'trace_explorer_queued_spans 0',
        ]),
      );
    } finally {
      await fresh.close();
    }
  });
});
