import { once } from 'node:events';
import { connect, type ClientHttp2Session } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { gzipSync } from 'node:zlib';
import { ROOT_CONTEXT, type Link } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-grpc';
import { CompressionAlgorithm } from '@opentelemetry/otlp-exporter-base';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import type { LinkPage, LogPage, RejectionList, SpanPage } from '@span-links/explorer-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getJson } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';

let explorer: TestExplorer;
let session: ClientHttp2Session;
beforeAll(async () => {
  explorer = await openTestExplorer({
    maxBodyBytes: 200_000,
    elementLimits: { ...DEFAULT_ELEMENT_LIMITS, spans: 500 },
  });
  session = connect(explorer.grpcUrl);
});
afterAll(async () => {
  session.destroy();
  await explorer.close();
});

/** One call, byte by byte: its status and message, and the bytes of its answer. */
async function call(
  path: string,
  message: Uint8Array,
  headers: Record<string, string> = {},
  { flag = 0, length = message.length, over = session } = {},
) {
  const stream = over.request({
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  });
  const answer: Buffer[] = [];
  const got: Record<string, string | string[] | number | undefined> = {};
  stream.on('response', (response) => {
    Object.assign(got, response);
  });
  stream.on('trailers', (trailers) => {
    Object.assign(got, trailers);
  });
  stream.on('data', (chunk: Buffer) => answer.push(chunk));
  stream.on('error', () => undefined);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt8(flag, 0);
  prefix.writeUInt32BE(length, 1);
  stream.end(Buffer.concat([prefix, message]));
  await once(stream, 'close');
  return {
    status: Number(got['grpc-status']),
    message: decodeURIComponent(String(got['grpc-message'] ?? '')),
    details: Buffer.from(String(got['grpc-status-details-bin'] ?? ''), 'base64'),
    accepts: got['grpc-accept-encoding'],
    answer: Buffer.concat(answer),
  };
}

/** A request as the SDK encodes it. */
function requestOf(spans: number, name = 'over-grpc'): Uint8Array {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
  for (let n = 0; n < spans; n++) provider.getTracer('test').startSpan(name, {}, ROOT_CONTEXT).end();
  return ProtobufTraceSerializer.serializeRequest(memory.getFinishedSpans())!;
}

const named = async (name: string) =>
  (await getJson<SpanPage>(explorer.url, `/api/v1/spans?q=name=${name}`)).spans.length;

describe.each([
  ['plain', CompressionAlgorithm.NONE],
  ['gzip', CompressionAlgorithm.GZIP],
])("the SDK's exporter for gRPC, %s", (packing, compression) => {
  it('delivers spans and links, and both ends find each other', async () => {
    const exporter = new OTLPTraceExporter({ url: explorer.grpcUrl, compression });
    const provider = new BasicTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
    const tracer = provider.getTracer('test');
    const links: Link[] = [];
    for (let order = 0; order < 5; order++) {
      const source = tracer.startSpan(`receive-${packing}`, {}, ROOT_CONTEXT);
      links.push({ context: source.spanContext() });
      source.end();
    }
    const batch = tracer.startSpan(`process-${packing}`, { root: true, links });
    batch.end();
    await provider.forceFlush();
    await provider.shutdown();
    const { traceId, spanId } = batch.spanContext();
    const page = await getJson<LinkPage>(explorer.url, `/api/v1/traces/${traceId}/spans/${spanId}/links`);
    expect(page.rollUp).toMatchObject({ total: 5, resolved: 5 });
  });
});

describe('a call', () => {
  it('ends with OK and an empty message once its spans are stored', async () => {
    const { status, answer } = await call(TRACES, requestOf(3, 'three'));
    expect([status, answer]).toEqual([0, Buffer.alloc(5)]);
    expect(await named('three')).toBe(3);
  });

  it.each(['gzip', 'GZIP', 'deflate'])('may be compressed with %s', async (encoding) => {
    const { deflateSync } = await import('node:zlib');
    const pack = encoding === 'deflate' ? deflateSync : gzipSync;
    const name = `packed-${encoding}`;
    const headers = { 'grpc-encoding': encoding };
    expect((await call(TRACES, pack(requestOf(2, name)), headers, { flag: 1 })).status).toBe(0);
    expect(await named(name)).toBe(2);
  });

  it('reports in a partial success the spans that cannot be stored, and metrics, but not logs', async () => {
    // A span without an id.
    const broken = Buffer.from([10, 4, 18, 2, 18, 0]);
    const { status, answer } = await call(TRACES, broken);
    expect(status).toBe(0);
    expect(answer.toString()).toContain('1 span: no valid trace id');
    const metrics = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export';
    const onePoint = Buffer.from([10, 8, 18, 6, 18, 4, 42, 2, 10, 0]);
    const refused = await call(metrics, onePoint);
    expect([refused.status, refused.answer.toString()]).toEqual([
      0,
      expect.stringContaining('stores no metrics'),
    ]);
    const logs = '/opentelemetry.proto.collector.logs.v1.LogsService/Export';
    // The frame of an empty message.
    expect((await call(logs, Buffer.from([10, 0]))).answer).toEqual(Buffer.alloc(5));
    const oneRecord = Buffer.from([10, 4, 18, 2, 18, 0]);
    expect((await call(logs, oneRecord)).answer).toEqual(Buffer.alloc(5));
    expect((await getJson<LogPage>(explorer.url, '/api/v1/logs')).logs).toHaveLength(1);
  });

  it.each<[number, string, string, Uint8Array, Record<string, string>, object, RegExp]>([
    [3, 'bytes that are no message', TRACES, Buffer.from([10, 127, 1]), {}, {}, /truncated/],
    [3, 'a message that ends too early', TRACES, Buffer.alloc(10), {}, { length: 11 }, /ends too early/],
    [3, 'more than one message', TRACES, Buffer.alloc(10), {}, { length: 9 }, /one message/],
    [3, 'gzip that is none', TRACES, Buffer.alloc(9), { 'grpc-encoding': 'gzip' }, { flag: 1 }, /not gzip/],
    [3, 'a packing that is not said', TRACES, Buffer.alloc(9), {}, { flag: 1 }, /does not say how/],
    [8, 'a message over the limit', TRACES, Buffer.alloc(200_001), {}, {}, /larger than 200000 bytes/],
    [
      8,
      'a length over the limit',
      TRACES,
      Buffer.alloc(1),
      {},
      { length: 0x7fff_ffff },
      /larger than 200000/,
    ],
    [
      8,
      'zeros that unpack beyond it',
      TRACES,
      gzipSync(Buffer.concat([Buffer.from([122, 0xff, 0xff, 0xff, 1]), Buffer.alloc(9_000_000)])),
      { 'grpc-encoding': 'gzip' },
      { flag: 1 },
      /larger than 200000/,
    ],
    [8, 'too many spans', TRACES, requestOf(501), {}, {}, /More than 500 spans/],
    [
      12,
      'another packing',
      TRACES,
      Buffer.alloc(9),
      { 'grpc-encoding': 'snappy' },
      { flag: 1 },
      /snappy.*gzip, deflate/,
    ],
    [12, 'another method', '/a.B/C', Buffer.alloc(0), {}, {}, /no method \/a\.B\/C/],
  ])('ends with %i for %s', async (code, _what, path, message, headers, options, reason) => {
    const result = await call(path, message, headers, options);
    expect([result.status, result.message]).toEqual([code, expect.stringMatching(reason)]);
    // Without RetryInfo a client does not send the same request again.
    expect(result.details.length).toBe(0);
    expect(result.accepts).toContain('gzip');
    expect(explorer.explorer.intake.bytesInHand).toBe(0);
  });

  it('ends with RetryInfo if it may be sent again', async () => {
    const stopped = await openTestExplorer();
    const over = connect(stopped.grpcUrl);
    try {
      stopped.explorer.intake.stop();
      const { status, details, message } = await call(TRACES, requestOf(1), {}, { over });
      expect([status, message]).toEqual([14, 'the trace explorer is stopping']);
      // google.rpc.Status { details: [Any { RetryInfo { Duration { seconds: 2 } } }] }
      expect(details.toString('latin1')).toContain(
        'type.googleapis.com/google.rpc.RetryInfo\x12\x04\x0a\x02\x08\x02',
      );
    } finally {
      over.destroy();
      await stopped.close();
    }
  });

  it('needs the token as metadata if there is one', async () => {
    const guarded = await openTestExplorer({ token: 'a-token-that-is-long-enough' });
    const over = connect(guarded.grpcUrl);
    try {
      for (const headers of [{}, { authorization: 'Bearer wrong' }] as Record<string, string>[]) {
        expect((await call(TRACES, requestOf(1), headers, { over })).status).toBe(16);
      }
      const right = { authorization: 'Bearer a-token-that-is-long-enough' };
      expect((await call(TRACES, requestOf(1), right, { over })).status).toBe(0);
      expect((await call('/grpc.health.v1.Health/Check', Buffer.alloc(0), {}, { over })).status).toBe(0);
    } finally {
      over.destroy();
      await guarded.close();
    }
  });

  it('is listed among the rejections with its sender', async () => {
    await call('/a.B/Rejected', Buffer.alloc(0), { 'user-agent': 'grpc-test/1\u00e9' });
    const { rejections } = await getJson<RejectionList>(explorer.url, '/api/v1/rejections');
    expect(rejections.find(({ reason }) => reason === 'unknown_path')?.last).toMatchObject({
      protocol: 'grpc',
      status: 'UNIMPLEMENTED',
      sender: '127.0.0.1',
    });
  });
});

describe('the health service', () => {
  it('answers SERVING, and informs watchers when it stops', async () => {
    const fresh = await openTestExplorer();
    const over = connect(fresh.grpcUrl);
    over.on('error', () => undefined);
    expect((await call('/grpc.health.v1.Health/Check', Buffer.alloc(0), {}, { over })).answer).toEqual(
      Buffer.from([0, 0, 0, 0, 2, 8, 1]),
    );
    const watching = call('/grpc.health.v1.Health/Watch', Buffer.alloc(0), {}, { over });
    // Answered after the watcher was added, because calls are served in order.
    await call('/grpc.health.v1.Health/Check', Buffer.alloc(0), {}, { over });
    await fresh.close();
    expect((await watching).answer).toEqual(Buffer.from([0, 0, 0, 0, 2, 8, 1, 0, 0, 0, 0, 2, 8, 2]));
  });
});

describe('a client at the wrong port', () => {
  it('is told the address of OTLP/gRPC over HTTP/2', async () => {
    const lost = connect(explorer.url);
    lost.on('error', () => undefined);
    const [code, , text] = (await once(lost, 'goaway')) as [number, number, Buffer];
    expect(code).toBe(0x0d);
    expect(text.toString()).toContain(`OTLP/gRPC goes to ${explorer.grpcUrl}`);
    lost.destroy();
  });

  it('is told the address of OTLP/HTTP over HTTP/1', async () => {
    const response = await fetch(`${explorer.grpcUrl}/v1/traces`, { method: 'POST', body: '{}' });
    expect([response.status, await response.json()]).toEqual([
      400,
      { code: 0, message: expect.stringMatching(/OTLP\/HTTP goes to http:.*\/v1\/traces/) as string },
    ]);
  });

  it('gets no answer if it does not speak HTTP, and costs nothing', async () => {
    const socket = connectTcp(Number(new URL(explorer.grpcUrl).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('\u0016\u0003\u0001 hello');
    await once(socket, 'close');
    expect((await call(TRACES, requestOf(1))).status).toBe(0);
  });
});
