import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import { otlpEncodingOf, type OtlpEncoding } from './otlp-encoding.ts';
import { sendOtlp } from './otlp-reply.ts';
import { otlpRefusalOf, readOtlpRequest, type OtlpRequest } from './otlp-request.ts';
import { encodeStatus, encodeTracesResponse } from './otlp-response.ts';
import { otlpSignalOf } from './otlp-signal.ts';

const KEEP_ALIVE_MS = 65_000;

/**
 * The result of a request: an answer with this status, none (`hang`), or a cut connection
 * (`reset`).
 */
export type OtlpAnswer = 'hang' | 'reset' | { readonly status: number; readonly retryAfterSeconds?: number };

/** Decides about the content of requests. The server here handles HTTP. */
export interface OtlpHandler {
  /** @throws {OtlpDecodeError} which is answered with 400 */
  take(request: OtlpRequest): OtlpAnswer;
  /**
   * Called for a request to an OTLP path that was answered with an error before `take` could see
   * it.
   */
  refused(): void;
  /** The answer to `GET /counts`, as JSON. */
  counts(): unknown;
}

export interface OtlpHttpServer {
  readonly port: number;
  /** Also ends open connections, answered or not. */
  close(): Promise<void>;
}

/** Serves OTLP/HTTP on 127.0.0.1. Rejects when the port is taken. */
export async function serveOtlp(
  port: number,
  maxBodyBytes: number,
  handler: OtlpHandler,
): Promise<OtlpHttpServer> {
  const server = createServer((request, response) => void serve(request, response, maxBodyBytes, handler));
  // Node.js ends idle connections after 5 s, which is also the interval of a batch span processor.
  // Some exports would meet a connection that is being closed.
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
    return sendOtlp(response, 200, 'json', new TextEncoder().encode(JSON.stringify(handler.counts())));
  }
  const encoding = otlpEncodingOf(request.headers['content-type']) ?? 'json';
  try {
    reply(response, encoding, handler.take(await readOtlpRequest(request, { maxBodyBytes })));
  } catch (error) {
    request.resume(); // otherwise a client that still writes would wait for a reader
    if (otlpSignalOf(path) !== undefined && !(error instanceof OtlpDecodeError)) handler.refused();
    const { status, message, headers } = otlpRefusalOf(error) ?? {
      status: 500,
      message: String(error),
      headers: {},
    };
    sendOtlp(response, status, encoding, encodeStatus(encoding, { code: 0, message }), headers);
  }
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
  sendOtlp(response, answer.status, encoding, body, headers);
}
