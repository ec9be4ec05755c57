import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { countSpans, countSpansProtobuf, type SpanCount } from './count-spans.ts';
import { decodeTracesJson } from './decode-traces-json.ts';
import { decodeTracesProtobuf } from './decode-traces-protobuf.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import { type OtlpEncoding, otlpEncodingOf, otlpSignalOf } from './otlp-signal.ts';
import type { TracesRequest } from './otlp-model.ts';
import { encodeStatus, encodeTracesResponse, sendOtlp } from './otlp-response.ts';
import { otlpRefusalOf, type OtlpRequest, readOtlpRequest } from './otlp-request.ts';
import { type ReceivedSpan, receivedSpans } from './received-span.ts';
import { SpanInbox, type SpanWait } from './span-inbox.ts';

const DEFAULT_MAX_BODY_BYTES = 20 * 1024 * 1024;

export interface OtlpReceiverOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /**
   * `spans` (default) keeps every request and span; `counts` only keeps figures, in memory that
   * does not grow.
   */
  readonly keep?: 'spans' | 'counts';
  /**
   * Default 20 MiB, before and after decompression, as OTLP/HTTP recommends. A larger body is
   * answered with 413.
   */
  readonly maxBodyBytes?: number;
}

/** A request to one of the OTLP paths whose body could be read, with any answer. */
export interface ReceivedRequest {
  readonly path: string;
  readonly contentType: string;
  /** '' if the header was not sent. */
  readonly contentEncoding: string;
  readonly headers: IncomingHttpHeaders;
  /** The decompressed OTLP message. */
  readonly bytes: Uint8Array;
  /** The length of the body as it was sent. */
  readonly bytesOnWire: number;
  /** The status of the answer, or what was done instead. */
  readonly answer: number | 'hang' | 'reset';
}

/**
 * How to answer requests whose body arrives from now on: accept; refuse with a status; never
 * answer; cut the connection. Only accepted requests count as received.
 */
export type ResponseMode = 'ok' | OtlpAnswer;

/** An OTLP/HTTP endpoint for test suites and benches. */
export class OtlpReceiver {
  /** In order of arrival; stays empty with `keep: 'counts'`. */
  readonly requests: ReceivedRequest[] = [];
  private readonly inbox = new SpanInbox();
  private readonly keep: 'spans' | 'counts';
  private mode: ResponseMode = 'ok';
  private figures: ReceiverCounts = NO_COUNTS;
  private server: OtlpHttpServer | undefined;

  private constructor(keep: 'spans' | 'counts') {
    this.keep = keep;
  }

  /** See {@link startOtlpReceiver}. */
  static async start(options: OtlpReceiverOptions): Promise<OtlpReceiver> {
    const receiver = new OtlpReceiver(options.keep ?? 'spans');
    receiver.server = await serveOtlp(options.port ?? 0, options.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES, {
      take: (request) => receiver.take(request),
      refused: () => receiver.count({ requests: 1, refused: 1 }),
      counts: () => receiver.counts,
    });
    return receiver;
  }

  get port(): number {
    return this.server?.port ?? 0;
  }

  /**
   * The URL without a path, as `OTEL_EXPORTER_OTLP_ENDPOINT` needs it: `http://127.0.0.1:<port>`.
   */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get counts(): ReceiverCounts {
    return this.figures;
  }

  get spanCount(): number {
    return this.figures.spans;
  }

  get linkCount(): number {
    return this.figures.links;
  }

  /**
   * All accepted spans so far, in order of arrival.
   *
   * @throws {Error} with `keep: 'counts'`
   */
  spans(): ReceivedSpan[] {
    this.refuseWithoutSpans();
    return this.inbox.list();
  }

  /**
   * Resolves with all spans as soon as the predicate holds for them. Rejects after `timeoutMs`
   * (default 10,000), or on {@link close}, with an error that lists the spans that arrived.
   */
  async waitForSpans(
    predicate: (spans: readonly ReceivedSpan[]) => boolean,
    wait: SpanWait = {},
  ): Promise<ReceivedSpan[]> {
    this.refuseWithoutSpans();
    return this.inbox.waitFor(predicate, wait, () => {
      const { requests, refused } = this.figures;
      return `${requests} requests, ${refused} of them refused`;
    });
  }

  /** Deletes requests, spans and counts. */
  clear(): void {
    this.requests.length = 0;
    this.inbox.clear();
    this.figures = NO_COUNTS;
  }

  respondWith(mode: ResponseMode): void {
    this.mode = mode;
  }

  /** Also ends open connections that got no answer. */
  async close(): Promise<void> {
    this.inbox.close();
    await this.server?.close();
  }

  private take(request: OtlpRequest): OtlpAnswer {
    const answer = this.mode === 'ok' ? TAKEN : this.mode;
    if (typeof answer !== 'object' || answer.status >= 400) {
      this.note(request, answer);
      return answer;
    }
    let content: Content;
    try {
      content = this.read(request);
    } catch (error) {
      this.note(request, { status: 400 });
      throw error;
    }
    this.note(request, answer, content);
    // Comes last because it wakes tests that then look at requests and counts.
    this.inbox.add(content.spans);
    return answer;
  }

  private read(request: OtlpRequest): Content {
    if (request.signal !== 'traces') return NO_CONTENT;
    if (request.encoding === 'json') return this.contentOf(decodeTracesJson(request.bytes));
    if (this.keep === 'spans') return this.contentOf(decodeTracesProtobuf(request.bytes));
    return { count: countSpansProtobuf(request.bytes), spans: [] };
  }

  private contentOf(traces: TracesRequest): Content {
    return { count: countSpans(traces), spans: this.keep === 'spans' ? receivedSpans(traces) : [] };
  }

  /** The request was refused if there is no `content`. */
  private note(request: OtlpRequest, answer: OtlpAnswer, content?: Content): void {
    if (content === undefined) this.count({ requests: 1, refused: 1 });
    else {
      const { bytes, bytesOnWire } = request;
      this.count({ requests: 1, [request.signal]: 1, ...content.count, bytes: bytes.length, bytesOnWire });
    }
    if (this.keep === 'counts') return;
    this.requests.push({
      path: request.path,
      contentType: request.headers['content-type'] ?? '',
      contentEncoding: request.headers['content-encoding'] ?? '',
      headers: request.headers,
      bytes: request.bytes,
      bytesOnWire: request.bytesOnWire,
      answer: typeof answer === 'object' ? answer.status : answer,
    });
  }

  private count(more: Partial<ReceiverCounts>): void {
    this.figures = addCounts(this.figures, more);
  }

  private refuseWithoutSpans(): void {
    if (this.keep === 'counts') {
      throw new Error("This receiver keeps no spans: it was started with keep: 'counts'");
    }
  }
}

interface Content {
  readonly count: SpanCount;
  readonly spans: readonly ReceivedSpan[];
}

const NO_CONTENT: Content = { count: { spans: 0, links: 0 }, spans: [] };
const TAKEN: OtlpAnswer = { status: 200 };

/**
 * Starts a receiver on 127.0.0.1. It accepts protobuf and JSON, plain and gzip, on `/v1/traces`.
 * Metrics and logs are accepted unread and counted. `GET /counts` answers with its counts. Rejects
 * if the port is taken.
 */
export function startOtlpReceiver(options: OtlpReceiverOptions = {}): Promise<OtlpReceiver> {
  return OtlpReceiver.start(options);
}

const KEEP_ALIVE_MS = 65_000;

/**
 * The result of a request: an answer with this status, none (`hang`), or a cut connection
 * (`reset`).
 */
type OtlpAnswer = 'hang' | 'reset' | { readonly status: number; readonly retryAfterSeconds?: number };

/** Decides about the content of requests. The server here handles HTTP. */
interface OtlpHandler {
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

interface OtlpHttpServer {
  readonly port: number;
  /** Also ends open connections, answered or not. */
  close(): Promise<void>;
}

/** Serves OTLP/HTTP on 127.0.0.1. Rejects when the port is taken. */
async function serveOtlp(port: number, maxBodyBytes: number, handler: OtlpHandler): Promise<OtlpHttpServer> {
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

/** Figures of a receiver since its start or its last `clear()`. */
export interface ReceiverCounts {
  /** All requests to the OTLP paths, including refused ones. */
  readonly requests: number;
  /** Requests that were not accepted, for any reason. */
  readonly refused: number;
  /** Accepted requests, by signal. */
  readonly traces: number;
  readonly metrics: number;
  readonly logs: number;
  /** Spans in the accepted trace requests. */
  readonly spans: number;
  readonly links: number;
  /** Bytes of all accepted requests: decompressed, and as sent. */
  readonly bytes: number;
  readonly bytesOnWire: number;
}

const NO_COUNTS: ReceiverCounts = {
  requests: 0,
  refused: 0,
  traces: 0,
  metrics: 0,
  logs: 0,
  spans: 0,
  links: 0,
  bytes: 0,
  bytesOnWire: 0,
};

function addCounts(counts: ReceiverCounts, more: Partial<ReceiverCounts>): ReceiverCounts {
  const sum: { -readonly [Name in keyof ReceiverCounts]: number } = { ...counts };
  for (const name of Object.keys(more) as (keyof ReceiverCounts)[]) sum[name] += more[name] ?? 0;
  return sum;
}
