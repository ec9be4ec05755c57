import {
  decodeLogs,
  frameTraces,
  inTurns,
  OtlpDecodeError,
  otlpRefusalOf,
  TooManyElements,
  type ElementLimits,
  type FramedTraces,
  type LogsRequest,
  type MessageScan,
  type OtlpEncoding,
  type PartialSuccess,
  type Signal,
} from '@span-links/otlp';
import { StoreOverloadedError, StoreUnavailableError, type WriteOutcome } from '@span-links/trace-store';
import { errorText } from '@span-links/service-shell';
import { BodyRoomFull, SharedBodyRoom, type BodyClaim } from './body-room.ts';
import { IntakeCounts } from './intake-counts.ts';
import { Rejections, type Rejection } from './rejections.ts';

export interface OtlpIntakeOptions {
  readonly maxBodyBytes: number;
  /** Limits of the elements in one request. */
  readonly elementLimits: ElementLimits;
  /** Called with one line about refused requests. */
  readonly onRejected: (line: string) => void;
  /** Called for unexpected errors. The request was answered with 500. */
  readonly onFailure: (error: unknown) => void;
}

/** The target of spans and log records. Resolves once they are on the disk. */
export interface SignalSink {
  writeFrames(frames: FramedTraces): Promise<WriteOutcome>;
  writeLogs(request: LogsRequest, bytes: number): Promise<WriteOutcome>;
}

/** A message of OTLP, from any protocol. */
export interface OtlpMessage {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly bytes: Uint8Array;
  readonly bytesOnWire: number;
  /** Has read all bytes. */
  readonly scan: MessageScan;
}

/** A refusal as it is sent, with a word for the counters. */
export interface Refusal {
  /** The HTTP status. */
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Set if the sender may try again. */
  readonly retryAfterSeconds?: number;
  readonly reason: string;
}

class Stopping extends Error {}

const LEAST_ROOM_BYTES = 64 * 1024 * 1024;
/** Signals that are not kept: what is counted of them, and how a sender stops sending them. */
const NOT_KEPT = {
  metrics: { kind: 'dataPoints', setting: 'OTEL_METRICS_EXPORTER=none' },
} as const;

/**
 * Accepts OTLP and answers once it is stored. Traces and logs are kept. Metrics are refused in a
 * partial success and named in the log once. OTLP/HTTP and OTLP/gRPC share this class and thus all
 * limits, counts and refusals.
 */
export class OtlpIntake {
  readonly counts = new IntakeCounts();
  readonly rejections: Rejections;
  readonly #sink: SignalSink;
  readonly #options: OtlpIntakeOptions;
  readonly #room: SharedBodyRoom;
  readonly #toldNotKept = new Set<Signal>();
  #isStopping = false;

  constructor(sink: SignalSink, options: OtlpIntakeOptions) {
    this.#sink = sink;
    this.#options = options;
    this.rejections = new Rejections(options.onRejected);
    // A body may be held compressed and decompressed. With room for two such bodies, one large
    // request does not block all others.
    this.#room = new SharedBodyRoom(Math.max(LEAST_ROOM_BYTES, 4 * options.maxBodyBytes));
  }

  get maxBodyBytes(): number {
    return this.#options.maxBodyBytes;
  }

  get elementLimits(): ElementLimits {
    return this.#options.elementLimits;
  }

  /** Bytes of the current requests. */
  get bytesInHand(): number {
    return this.#room.takenBytes;
  }

  /** From now on, new requests are told to come back later. Current ones are stored. */
  stop(): void {
    this.#isStopping = true;
  }

  /**
   * Begins a request.
   *
   * @returns its share of the room for bodies; release it at the end
   * @throws while the explorer stops
   */
  begin(): BodyClaim {
    if (this.#isStopping) throw new Stopping('the trace explorer is stopping');
    return this.#room.open();
  }

  /** @throws an error that {@link refusalOf} can answer */
  async take({
    signal,
    encoding,
    bytes,
    bytesOnWire,
    scan,
  }: OtlpMessage): Promise<PartialSuccess | undefined> {
    this.counts.read(bytes.length, bytesOnWire);
    if (signal === 'traces') {
      const frames = await inTurns(frameTraces(encoding, bytes, scan), bytes.length);
      const { stored, duplicates, refused, reasons } = await this.#sink.writeFrames(frames);
      if (refused > 0) return { rejectedSpans: refused, errorMessage: reasons.join('; ') };
      return stored + duplicates === 0
        ? otherFormat(scan.unknownFields, 'spans', 'resourceSpans')
        : undefined;
    }
    if (signal === 'logs') {
      const request = await inTurns(decodeLogs(encoding, bytes, scan), bytes.length);
      const { stored, duplicates, refused, reasons } = await this.#sink.writeLogs(request, bytes.length);
      if (refused > 0) return { rejectedSpans: refused, errorMessage: reasons.join('; ') };
      return stored + duplicates === 0
        ? otherFormat(scan.unknownFields, 'log records', 'resourceLogs')
        : undefined;
    }
    scan.end();
    return this.#notKept(signal, scan);
  }

  #notKept(signal: keyof typeof NOT_KEPT, scan: MessageScan): PartialSuccess | undefined {
    const { kind, setting } = NOT_KEPT[signal];
    const rejected = scan.countOf(kind);
    if (rejected === 0) return undefined;
    const errorMessage = `the trace explorer stores no ${signal}; set ${setting} to stop sending them`;
    // Senders may not look at a partial success, so the log says it once.
    if (!this.#toldNotKept.has(signal)) this.#options.onRejected(`rejected ${signal}: ${errorMessage}`);
    this.#toldNotKept.add(signal);
    return { rejectedSpans: rejected, errorMessage };
  }

  /** The answer to an error. `isGone` is true if nobody is left to read the answer. */
  refusalOf(error: unknown, isGone: boolean): Refusal {
    const refusal = otlpRefusalOf(error);
    if (refusal) return { ...refusal, reason: reasonOf(error, refusal) };
    const message = errorText(error);
    if (error instanceof Stopping) return later(503, message, 2, 'stopping');
    if (error instanceof BodyRoomFull) return later(429, message, 1, 'overloaded');
    if (error instanceof StoreOverloadedError)
      return later(429, message, error.retryAfterSeconds, 'overloaded');
    if (error instanceof StoreUnavailableError) {
      return later(503, message, error.retryAfterSeconds, 'store_unavailable');
    }
    // The counters then show 400.
    if (isGone) return { status: 400, message, headers: {}, reason: 'aborted' };
    this.#options.onFailure(error);
    return { status: 500, message: 'the request could not be stored', headers: {}, reason: 'failure' };
  }

  /** Counts a refusal, and remembers it for the log and the page. */
  reject(signal: Signal | 'other', refusal: Refusal, from: Omit<Rejection, 'reason' | 'message'>): void {
    const { status, reason, message } = refusal;
    this.counts.answered(signal, status);
    this.counts.refused(reason);
    if (reason !== 'aborted') this.rejections.note({ ...from, reason, message });
  }
}

/**
 * The specification says to ignore unknown fields. Another format then looks like an empty request,
 * and its sender must be told.
 */
function otherFormat(fields: readonly string[], noun: string, wanted: string): PartialSuccess | undefined {
  if (fields.length === 0) return undefined;
  const errorMessage = `no ${noun} were taken: the request has no ${wanted}, but ${fields.join(', ')}. Names are in lowerCamelCase; files of Jaeger, Tempo and the Collector go to POST /api/v1/import`;
  return { rejectedSpans: 0, errorMessage };
}

function reasonOf(error: unknown, { status, headers }: { status: number; headers: object }): string {
  if (error instanceof OtlpDecodeError) return error.reason.replaceAll('-', '_');
  if (error instanceof TooManyElements) {
    return `too_many_${error.limit === 'fieldsPerItem' ? 'fields' : error.limit}`;
  }
  const reasons: Readonly<Record<number, string>> = {
    400: 'unreadable_body',
    404: 'unknown_path',
    405: 'method',
    413: 'too_large',
    415: 'accept-encoding' in headers ? 'content_encoding' : 'media_type',
  };
  return reasons[status] ?? 'other';
}

function later(status: number, message: string, seconds: number, reason: string): Refusal {
  return { status, message, headers: { 'retry-after': String(seconds) }, retryAfterSeconds: seconds, reason };
}
