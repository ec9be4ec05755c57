import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import { OTLP_CONTENT_TYPE, otlpEncodingOf, type OtlpEncoding } from './otlp-encoding.ts';
import { encodeStatus, encodeTracesResponse } from './otlp-response.ts';
import { BodyRefused, readBody } from './request-body.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'logs'],
]);

const KEEP_ALIVE_MS = 65_000;

/** A request whose body was read. */
export interface OtlpRequest {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly bytes: Uint8Array;
  readonly bytesOnWire: number;
}

/** What becomes of a request: an answer with this status, none (`hang`), or a cut connection (`reset`). */
export type OtlpAnswer = 'hang' | 'reset' | { readonly status: number; readonly retryAfterSeconds?: number };

/** Owns what requests mean; the server here owns what HTTP makes of them. */
export interface OtlpHandler {
  /** @throws {OtlpDecodeError} to be answered with 400 */
  take(request: OtlpRequest): OtlpAnswer;
  /** Told of a request to an OTLP path that was answered with an error before `take` could see it. */
  refused(): void;
  /** The answer to `GET /counts`, as JSON. */
  counts(): unknown;
}

export interface OtlpHttpServer {
  readonly port: number;
  /** Ends open connections too, answered or not. */
  close(): Promise<void>;
}

/** A request that is refused, with its status. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Serves OTLP/HTTP on 127.0.0.1. Rejects when the port is taken. */
export async function serveOtlp(
  port: number,
  maxBodyBytes: number,
  handler: OtlpHandler,
): Promise<OtlpHttpServer> {
  const server = createServer((request, response) => void serve(request, response, maxBodyBytes, handler));
  // Node.js ends idle connections after 5 s, which is also the rhythm of a batch span processor: some of its exports
  // would meet a connection that is just being closed.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  let closing: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      closing ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closing;
    },
  };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  maxBodyBytes: number,
  handler: OtlpHandler,
): Promise<void> {
  const path = request.url?.split('?', 1)[0] ?? '';
  if (request.method === 'GET' && path === '/counts') {
    return send(response, 200, 'json', new TextEncoder().encode(JSON.stringify(handler.counts())));
  }
  const encoding = otlpEncodingOf(request.headers['content-type']);
  const signal = SIGNALS.get(path);
  try {
    const answer = handler.take(await readOtlp(request, path, signal, encoding, maxBodyBytes));
    reply(response, encoding ?? 'json', answer);
  } catch (error) {
    request.resume(); // or a client that still writes would wait for a reader
    if (signal !== undefined && !(error instanceof OtlpDecodeError)) handler.refused();
    const { status, message } = refusalOf(error);
    send(response, status, encoding ?? 'json', encodeStatus(encoding ?? 'json', { code: 0, message }));
  }
}

async function readOtlp(
  request: IncomingMessage,
  path: string,
  signal: Signal | undefined,
  encoding: OtlpEncoding | undefined,
  maxBodyBytes: number,
): Promise<OtlpRequest> {
  if (signal === undefined) throw new Refused(404, `${path} is not one of ${[...SIGNALS.keys()].join(', ')}`);
  if (request.method !== 'POST') throw new Refused(405, `${path} takes POST, not ${request.method}`);
  if (encoding === undefined) {
    throw new Refused(415, `Content-Type must be one of ${Object.values(OTLP_CONTENT_TYPE).join(', ')}`);
  }
  const { bytes, bytesOnWire } = await readBody(request, maxBodyBytes);
  return { signal, encoding, path, headers: request.headers, bytes, bytesOnWire };
}

function refusalOf(error: unknown): { status: number; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof OtlpDecodeError) return { status: 400, message };
  if (error instanceof Refused || error instanceof BodyRefused) return { status: error.status, message };
  return { status: 500, message };
}

function reply(response: ServerResponse, encoding: OtlpEncoding, answer: OtlpAnswer): void {
  if (answer === 'hang') return;
  if (answer === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const headers =
    answer.retryAfterSeconds === undefined ? {} : { 'retry-after': String(answer.retryAfterSeconds) };
  const body =
    answer.status < 400
      ? encodeTracesResponse(encoding)
      : encodeStatus(encoding, { code: 0, message: `The receiver was told to answer ${answer.status}` });
  send(response, answer.status, encoding, body, headers);
}

function send(
  response: ServerResponse,
  status: number,
  encoding: OtlpEncoding,
  body: Uint8Array,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    'content-type': OTLP_CONTENT_TYPE[encoding],
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}
