import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { NO_ELEMENT_LIMITS, TooManyElements, type ElementLimits } from './element-limits.ts';
import { scanMessage, type MessageScan } from './message-scan.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import {
  OTLP_CONTENT_TYPE,
  OTLP_PATHS,
  type OtlpEncoding,
  otlpEncodingOf,
  otlpSignalOf,
  type Signal,
} from './otlp-signal.ts';
import { BodyRefused, readBody, type BodyRoom } from './request-body.ts';

/** A request whose body was read. */
export interface OtlpRequest {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Decompressed. */
  readonly bytes: Uint8Array;
  readonly bytesOnWire: number;
  /** Has read all bytes. */
  readonly scan: MessageScan;
}

export interface OtlpRequestLimits {
  /** Limit of a body, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Limit of all bodies together. Default: no bound. */
  readonly room?: BodyRoom;
  /** Limit of the elements in one request. Default: no bound. */
  readonly elements?: ElementLimits;
  /** Receives the first decompressed bytes, before they can cause a refusal. */
  readonly onFirstBytes?: (chunk: Uint8Array) => void;
}

/** A request that is not OTLP, with its status. */
class Refused extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Reads an OTLP/HTTP request. It counts the elements while the bytes arrive and decodes nothing.
 *
 * @throws an error that {@link otlpRefusalOf} knows the status of, or an error of the room for
 * bodies
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
 */
export async function readOtlpRequest(
  request: IncomingMessage,
  { maxBodyBytes, room, elements = NO_ELEMENT_LIMITS, onFirstBytes }: OtlpRequestLimits,
): Promise<OtlpRequest> {
  const path = request.url?.split('?', 1)[0] ?? '';
  const signal = otlpSignalOf(path);
  const encoding = otlpEncodingOf(request.headers['content-type']);
  if (signal === undefined) throw new Refused(404, `${path} is not one of ${OTLP_PATHS.join(', ')}`);
  if (request.method !== 'POST') {
    throw new Refused(405, `${path} takes POST, not ${request.method}`, { allow: 'POST' });
  }
  if (encoding === undefined) {
    throw new Refused(415, `Content-Type must be one of ${Object.values(OTLP_CONTENT_TYPE).join(', ')}`);
  }
  const scan = scanMessage(signal, encoding, elements);
  const { bytes, bytesOnWire } = await readBody(request, {
    maxBytes: maxBodyBytes,
    room,
    scan,
    onFirstBytes,
  });
  return { signal, encoding, path, headers: request.headers, bytes, bytesOnWire, scan };
}

/** A refusal of a request. `message` is for the `google.rpc.Status` of the answer. */
export interface OtlpRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The answer for errors of {@link readOtlpRequest} and the decoders; `undefined` for any other
 * error.
 */
export function otlpRefusalOf(error: unknown): OtlpRefusal | undefined {
  if (error instanceof OtlpDecodeError) return { status: 400, message: error.message, headers: {} };
  if (error instanceof TooManyElements) return { status: 413, message: error.message, headers: {} };
  if (error instanceof BodyRefused) {
    return { status: error.status, message: error.message, headers: error.headers };
  }
  if (error instanceof Refused) {
    return { status: error.status, message: error.message, headers: error.headers };
  }
  return undefined;
}
