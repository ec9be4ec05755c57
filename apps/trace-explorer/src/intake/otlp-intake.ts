import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  checkMessage,
  decodeTracesJson,
  encodeStatus,
  encodeTracesResponse,
  frameTracesProtobuf,
  OTLP_CONTENT_TYPE,
  OtlpDecodeError,
  otlpEncodingOf,
  otlpRefusalOf,
  otlpSignalOf,
  readOtlpRequest,
  sendOtlp,
  spanCount,
  type FramedTraces,
  type OtlpEncoding,
  type OtlpRequest,
  type PartialSuccess,
  type TracesRequest,
} from '@span-links/otlp';
import { StoreOverloadedError, StoreUnavailableError, type WriteOutcome } from '@span-links/trace-store';
import { BodyRoomFull, SharedBodyRoom } from './body-room.ts';
import { IntakeCounts } from './intake-counts.ts';

export interface OtlpIntakeOptions {
  readonly maxBodyBytes: number;
  readonly maxSpansPerRequest: number;
  /** Told of what should not happen; the request was answered with 500. */
  readonly onFailure: (error: unknown) => void;
}

/** Where spans go. Resolves once they are on the disk. */
export interface SpanSink {
  write(request: TracesRequest): Promise<WriteOutcome>;
  writeFrames(frames: FramedTraces): Promise<WriteOutcome>;
}

/** A refusal as it is sent, with a word for the counters. */
interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly reason: string;
}

class TooManySpans extends Error {}
class Stopping extends Error {}

const LEAST_ROOM_BYTES = 64 * 1024 * 1024;

/**
 * OTLP/HTTP: takes traces and answers once they are stored; accepts and counts metrics and logs, which SDKs send unasked. A handler
 * of its own before Nest's, because neither Nest's JSON bodies nor its problem details are OTLP's.
 */
export class OtlpIntake {
  readonly counts = new IntakeCounts();
  readonly #sink: SpanSink;
  readonly #options: OtlpIntakeOptions;
  readonly #room: SharedBodyRoom;
  #isStopping = false;

  constructor(sink: SpanSink, options: OtlpIntakeOptions) {
    this.#sink = sink;
    this.#options = options;
    // A body may be held packed and unpacked: with room for two such, one large request does not shut out all others.
    this.#room = new SharedBodyRoom(Math.max(LEAST_ROOM_BYTES, 4 * options.maxBodyBytes));
  }

  /** Bytes of requests in hand. */
  get bytesInHand(): number {
    return this.#room.takenBytes;
  }

  /** New requests are answered with 503 from now on; those in hand are stored. */
  stop(): void {
    this.#isStopping = true;
  }

  readonly handler = (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (concernsOtlp(request)) void this.#serve(request, response);
    else next();
  };

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const encoding = otlpEncodingOf(request.headers['content-type']) ?? 'json';
    const signal = otlpSignalOf(pathOf(request)) ?? 'other';
    const claim = this.#room.open();
    try {
      if (this.#isStopping) throw new Stopping('the trace explorer is stopping');
      const otlp = await readOtlpRequest(request, { maxBodyBytes: this.#options.maxBodyBytes, room: claim });
      this.counts.read(otlp.bytes.length, otlp.bytesOnWire);
      const partial = await this.#take(otlp);
      this.counts.answered(signal, 200);
      sendOtlp(response, 200, encoding, encodeTracesResponse(encoding, partial));
    } catch (error) {
      const { status, message, headers, reason } = this.#refusalOf(error, request);
      this.counts.answered(signal, status);
      this.counts.refused(reason);
      request.resume(); // or a client that still writes would wait for a reader
      sendOtlp(response, status, encoding, encodeStatus(encoding, { code: 0, message }), headers);
    } finally {
      claim.release();
    }
  }

  async #take({ signal, encoding, bytes }: OtlpRequest): Promise<PartialSuccess | undefined> {
    if (signal !== 'traces') {
      checkMessage(encoding, bytes);
      return undefined;
    }
    const { refused, reasons } = await this.#store(encoding, bytes);
    return refused === 0 ? undefined : { rejectedSpans: refused, errorMessage: reasons.join('; ') };
  }

  async #store(encoding: OtlpEncoding, bytes: Uint8Array): Promise<WriteOutcome> {
    if (encoding === 'json') {
      const request = decodeTracesJson(bytes);
      this.#checkCount(request);
      return this.#sink.write(request);
    }
    const frames = frameTracesProtobuf(bytes);
    this.#checkCount(frames.request);
    return this.#sink.writeFrames(frames);
  }

  #checkCount(request: TracesRequest<unknown>): void {
    const spans = spanCount(request);
    const { maxSpansPerRequest } = this.#options;
    if (spans > maxSpansPerRequest)
      throw new TooManySpans(`${spans} spans in one request; at most ${maxSpansPerRequest} are taken`);
  }

  #refusalOf(error: unknown, request: IncomingMessage): Refusal {
    const refusal = otlpRefusalOf(error);
    if (refusal)
      return { ...refusal, message: hinted(refusal, request), reason: reasonOf(error, refusal.status) };
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof TooManySpans) return { status: 413, message, headers: {}, reason: 'too_many_spans' };
    if (error instanceof Stopping) return later(503, message, 2, 'stopping');
    if (error instanceof BodyRoomFull) return later(429, message, 1, 'overloaded');
    if (error instanceof StoreOverloadedError)
      return later(429, message, error.retryAfterSeconds, 'overloaded');
    if (error instanceof StoreUnavailableError) {
      return later(503, message, error.retryAfterSeconds, 'store_unavailable');
    }
    // Nobody is there to read it; 400 is what the counters then say.
    if (request.destroyed && !request.complete)
      return { status: 400, message, headers: {}, reason: 'aborted' };
    this.#options.onFailure(error);
    return { status: 500, message: 'the request could not be stored', headers: {}, reason: 'failure' };
  }
}

/** OTLP's own paths, and what is OTLP at a wrong path: an endpoint without `/v1/traces` is the usual mistake. */
function concernsOtlp(request: IncomingMessage): boolean {
  return (
    pathOf(request).startsWith('/v1/') ||
    (request.method === 'POST' &&
      request.headers['content-type']?.startsWith(OTLP_CONTENT_TYPE.protobuf) === true)
  );
}

function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

function hinted({ status, message }: { status: number; message: string }, request: IncomingMessage): string {
  if (status === 404) return `${message}; set the exporter's URL to http://${request.headers.host}/v1/traces`;
  return message;
}

function reasonOf(error: unknown, status: number): string {
  if (error instanceof OtlpDecodeError) return error.reason.replaceAll('-', '_');
  const reasons: Readonly<Record<number, string>> = {
    400: 'unreadable_body',
    404: 'unknown_path',
    405: 'method',
    413: 'too_large',
    415: 'media_type',
  };
  return reasons[status] ?? 'other';
}

function later(status: number, message: string, seconds: number, reason: string): Refusal {
  return { status, message, headers: { 'retry-after': String(seconds) }, reason };
}
