import type { IncomingHttpHeaders } from 'node:http';
import { countSpans, countSpansProtobuf, type SpanCount } from './count-spans.ts';
import { decodeTracesJson } from './decode-traces-json.ts';
import { decodeTracesProtobuf } from './decode-traces-protobuf.ts';
import { serveOtlp, type OtlpAnswer, type OtlpHttpServer } from './otlp-http-server.ts';
import type { OtlpRequest } from './otlp-request.ts';
import { receivedSpans, type ReceivedSpan } from './received-span.ts';
import { addCounts, NO_COUNTS, type ReceiverCounts } from './receiver-counts.ts';
import { SpanInbox, type SpanWait } from './span-inbox.ts';
import type { TracesRequest } from './traces-request.ts';

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
