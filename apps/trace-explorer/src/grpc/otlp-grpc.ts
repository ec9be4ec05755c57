import {
  createServer,
  constants,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { encodeExportResponse, scanMessage, serviceNameIn, type Signal } from '@span-links/otlp';
import type { OwnNames } from '@span-links/service-shell';
import type { OtlpIntake } from '../intake/otlp-intake.ts';
import type { BodyClaim } from '../intake/body-room.ts';
import {
  ANSWER_HEADERS,
  failureHeaders,
  grpcFrame,
  grpcStatusOf,
  type GrpcFailure,
  type GrpcStatusName,
} from './grpc-messages.ts';
import { HealthService } from './health-service.ts';
import { readGrpcMessage } from './read-message.ts';

export interface OtlpGrpcOptions {
  /**
   * True if the value of `authorization` is valid for its sender. Default: all senders may enter.
   */
  readonly mayEnter?: ((authorization: string | undefined, sender: string) => boolean) | undefined;
  /** The names that calls may use for this server. Default: any name. */
  readonly ownNames?: OwnNames | undefined;
  /** The address of OTLP/HTTP, for clients at the wrong port. */
  readonly httpAddress: () => string;
}

const EXPORT_PATHS: ReadonlyMap<string, Signal> = new Map([
  ['/opentelemetry.proto.collector.trace.v1.TraceService/Export', 'traces'],
  ['/opentelemetry.proto.collector.metrics.v1.MetricsService/Export', 'metrics'],
  ['/opentelemetry.proto.collector.logs.v1.LogsService/Export', 'logs'],
]);

/** The HTTP status under which a refusal is counted. */
const HTTP_STATUS: Partial<Record<GrpcStatusName, number>> = { UNAUTHENTICATED: 401, PERMISSION_DENIED: 421 };

const MAX_STREAMS = 100;
const MAX_HEADER_BYTES = 16 * 1024;
const SESSION_WINDOW_BYTES = 1024 * 1024;
/** A call ends if it sends nothing for this time. */
const CALL_TIMEOUT_MS = 60_000;
/** A new connection ends if it sends nothing for this time. */
const PREFACE_TIMEOUT_MS = 10_000;
const PREFACE = 'PRI ';
const LONGEST_HTTP1_METHOD = 8;

/**
 * OTLP/gRPC over `node:http2`: three unary methods and the health service. It does not use
 * `@grpc/grpc-js`, which holds a whole message, compressed and decompressed, before it shows any
 * part. Here the code of OTLP/HTTP counts each piece and claims its memory as it arrives.
 */
export class OtlpGrpc {
  readonly health = new HealthService();
  readonly #intake: OtlpIntake;
  readonly #options: OtlpGrpcOptions;
  readonly #http2: Http2Server;
  readonly #server: Server;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #sockets = new Set<Socket>();

  constructor(intake: OtlpIntake, options: OtlpGrpcOptions) {
    this.#intake = intake;
    this.#options = options;
    const settings = { maxConcurrentStreams: MAX_STREAMS, maxHeaderListSize: MAX_HEADER_BYTES };
    this.#http2 = createServer({ settings });
    this.#http2.on('session', (session) => this.#begin(session));
    this.#http2.on('stream', (stream, headers) => void this.#serve(stream, headers));
    // The client handles its broken connection.
    this.#http2.on('sessionError', () => undefined);
    this.#server = createTcpServer((socket) => this.#greet(socket));
  }

  /** Rejects if it cannot listen. @param port 0 takes a free one. */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Accepts no further calls. Resolves once the current calls are answered. */
  async close(): Promise<void> {
    this.health.stop();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#sessions].map((session) => closedSession(session)));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Checks the first bytes: HTTP/1 gets an answer that it understands. */
  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setTimeout(PREFACE_TIMEOUT_MS, () => socket.destroy());
    socket.once('readable', () => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.setTimeout(0);
      const start = first.toString('latin1', 0, PREFACE.length);
      socket.unshift(first);
      if (PREFACE.startsWith(start)) this.#http2.emit('connection', socket);
      else this.#refuseHttp1(socket, first);
    });
  }

  #refuseHttp1(socket: Socket, first: Buffer): void {
    const isHttp = /^[A-Z]{3,8} \//.test(first.toString('latin1', 0, LONGEST_HTTP1_METHOD + 2));
    const message = `this port takes OTLP/gRPC; OTLP/HTTP goes to ${this.#options.httpAddress()}/v1/traces`;
    this.#intake.reject(
      'other',
      { status: 400, message, headers: {}, reason: 'wrong_protocol' },
      {
        protocol: 'http',
        status: '400',
        sender: addressOf(socket),
        service: undefined,
        userAgent: undefined,
      },
    );
    if (!isHttp) return void socket.destroy();
    const body = JSON.stringify({ code: 0, message });
    socket.resume();
    socket.end(
      `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
    );
  }

  #begin(session: ServerHttp2Session): void {
    this.#sessions.add(session);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', () => undefined);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  }

  async #serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    stream.on('error', () => undefined);
    stream.setTimeout(CALL_TIMEOUT_MS, () => stream.close(constants.NGHTTP2_CANCEL));
    const path = headers[':path'] ?? '';
    if (!headers['content-type']?.startsWith('application/grpc')) {
      const message = `this port takes OTLP/gRPC; OTLP/HTTP goes to ${this.#options.httpAddress()}/v1/traces`;
      return this.#fail(stream, headers, { status: 'INVALID_ARGUMENT', message }, 'wrong_protocol');
    }
    if (this.health.handles(path)) return this.health.serve(stream, path);
    const { mayEnter, ownNames } = this.#options;
    if (ownNames && !ownNames.includes(headers[':authority'] ?? headers.host)) {
      const message = `this explorer does not answer to that name. ${ownNames.advice}`;
      return this.#fail(stream, headers, { status: 'PERMISSION_DENIED', message }, 'wrong_name');
    }
    const signal = EXPORT_PATHS.get(path);
    if (signal === undefined) {
      const message = `there is no method ${path}; the methods are ${[...EXPORT_PATHS.keys()].join(', ')}`;
      return this.#fail(stream, headers, { status: 'UNIMPLEMENTED', message }, 'unknown_path');
    }
    if (mayEnter && !mayEnter(headers.authorization, senderOf(stream))) {
      const message = 'a bearer token is needed in the metadata "authorization": the value of EXPLORER_TOKEN';
      return this.#fail(stream, headers, { status: 'UNAUTHENTICATED', message }, 'unauthorized');
    }
    await this.#export(stream, headers, signal);
  }

  async #export(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, signal: Signal): Promise<void> {
    let claim: BodyClaim | undefined;
    let service: string | undefined;
    try {
      claim = this.#intake.begin();
      const scan = scanMessage(signal, 'protobuf', this.#intake.elementLimits);
      const body = await readGrpcMessage(stream, textOf(headers['grpc-encoding']), {
        maxBytes: this.#intake.maxBodyBytes,
        room: claim,
        scan,
        onFirstBytes: (bytes) => (service = serviceNameIn(bytes)),
      });
      const partial = await this.#intake.take({ signal, encoding: 'protobuf', scan, ...body });
      this.#intake.counts.answered(signal, 200);
      answer(stream, encodeExportResponse(signal, 'protobuf', partial));
    } catch (error) {
      const refusal = this.#intake.refusalOf(error, stream.destroyed || stream.aborted);
      const status = grpcStatusOf(refusal.status);
      this.#intake.reject(signal, refusal, { ...describe(stream, headers), status, service });
      const { message, retryAfterSeconds } = refusal;
      end(stream, { status, message, retryAfterSeconds });
    } finally {
      claim?.release();
    }
  }

  #fail(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, failure: GrpcFailure, reason: string): void {
    this.#intake.reject(
      'other',
      {
        status: HTTP_STATUS[failure.status] ?? 404,
        message: failure.message,
        headers: {},
        reason,
      },
      { ...describe(stream, headers), status: failure.status, service: undefined },
    );
    end(stream, failure);
  }
}

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed) return;
  stream.respond(ANSWER_HEADERS, { waitForTrailers: true });
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(grpcFrame(message));
}

/** Ends a call with a failure, even if its message is incomplete. */
function end(stream: ServerHttp2Stream, failure: GrpcFailure): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(failureHeaders(failure), { endStream: true });
  stream.resume();
  // Tells a client that still sends to stop, and that its answer is final.
  if (!stream.readableEnded) stream.close(constants.NGHTTP2_NO_ERROR);
}

function closedSession(session: ServerHttp2Session): Promise<void> {
  return new Promise((resolve) => {
    session.once('close', () => resolve());
    session.close();
  });
}

function describe(stream: ServerHttp2Stream, headers: IncomingHttpHeaders) {
  return { protocol: 'grpc' as const, sender: senderOf(stream), userAgent: headers['user-agent'] };
}

function senderOf(stream: ServerHttp2Stream): string {
  return addressOf(stream.session?.socket);
}

function addressOf(socket: Pick<Socket, 'remoteAddress'> | undefined): string {
  return socket?.remoteAddress ?? 'an unknown address';
}

function textOf(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
