import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { OtlpHttpExporter } from '../../src/sdk/otlp-http-exporter.ts';
import type { EndedSpan } from '../../src/sdk/span-pipeline.ts';
import { endedSpan } from './ended-spans.ts';

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

const ok: Answer = (response) => response.end();
const reset: Answer = (_response, request) => request.socket.destroy();
const hang: Answer = () => {};
const status =
  (code: number, headers: Record<string, string> = {}): Answer =>
  (response) =>
    response.writeHead(code, headers).end('an explanation');

describe('OtlpHttpExporter', () => {
  let server: Server;
  let answers: Answer[];
  let requests: { headers: IncomingMessage['headers']; bytes: number }[];
  let exporter: OtlpHttpExporter<EndedSpan[]>;

  beforeEach(async () => {
    answers = [];
    requests = [];
    server = createServer((request, response) => {
      let bytes = 0;
      request.on('data', (chunk: Buffer) => (bytes += chunk.length));
      request.on('end', () => {
        requests.push({ headers: request.headers, bytes });
        (answers.shift() ?? ok)(response, request);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await exporter.shutdown();
    server.closeAllConnections();
    server.close();
  });

  /** Resolves to the failure, if it is one. */
  function exportOne(): Promise<string | undefined> {
    return new Promise((resolve) => {
      exporter.export([endedSpan()], ({ code, error }) =>
        resolve(code === 0 ? undefined : (error?.message ?? '')),
      );
    });
  }

  it('sends a complete body, over a connection that it keeps', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    let connections = 0;
    server.on('connection', () => connections++);
    expect([await exportOne(), await exportOne()]).toEqual([undefined, undefined]);
    expect(connections).toBe(1);
    expect(requests[0]?.headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'content-length': String(requests[0]?.bytes),
    });
  });

  it.each([429, 502, 503, 504])('tries again after %i, when the receiver says', async (code) => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [
      status(code, { 'retry-after': '0' }),
      status(code, { 'retry-after': new Date(0).toUTCString() }),
    ];
    expect(await exportOne()).toBeUndefined();
    expect(requests).toHaveLength(3);
  });

  it.each([400, 401, 404, 413, 500])('does not try again after %i', async (code) => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [status(code)];
    expect(await exportOne()).toMatch(new RegExp(`^HTTP ${code} `));
    expect(requests).toHaveLength(1);
  });

  it('tries again at once when the kept connection turns out to be closed', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [ok, reset];
    await exportOne();
    exporter.finishUp();
    expect(await exportOne()).toBeUndefined();
    expect(requests).toHaveLength(3);
  });

  it('tries again later when a new connection breaks', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [reset];
    expect(await exportOne()).toBeUndefined();
    expect(requests).toHaveLength(2);
  });

  it('gives up when the receiver asks for more time than there is', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [status(503, { 'retry-after': '3600' })];
    expect(await exportOne()).toBe('HTTP 503 Service Unavailable');
  });

  it('gives up on a receiver that does not answer in OTEL_EXPORTER_OTLP_TIMEOUT', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '50');
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [hang];
    expect(await exportOne()).toMatch(/no answer within \d+ ms/);
  });

  it('treats the next failure as the last one once it is told to finish', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [status(503), status(503)];
    const failure = exportOne();
    await expect.poll(() => requests.length).toBe(1);
    exporter.finishUp();
    expect(await failure).toBe('HTTP 503 Service Unavailable');
    expect(requests.length).toBeLessThanOrEqual(2);
  });

  it('drops a hanging request when it is shut down', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [hang];
    const failure = exportOne();
    await expect.poll(() => requests.length).toBe(1);
    await exporter.shutdown();
    expect(await failure).toBe('socket hang up');
  });

  it('ignores the body of a successful response', async () => {
    exporter = new OtlpHttpExporter('traces', 'http/protobuf');
    answers = [(response) => response.end('<html>'.repeat(100_000))];
    expect(await exportOne()).toBeUndefined();
  });

  it('reads endpoint, path and TLS from the environment as the official exporter does', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'https://127.0.0.1:1/custom');
    exporter = new OtlpHttpExporter('traces', 'http/json');
    exporter.finishUp();
    expect(await exportOne()).toContain('ECONNREFUSED 127.0.0.1:1');
  });
});
