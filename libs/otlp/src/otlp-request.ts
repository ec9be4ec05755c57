import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import { OTLP_CONTENT_TYPE, otlpEncodingOf, type OtlpEncoding } from './otlp-encoding.ts';
import { BodyRefused, readBody, type BodyRoom } from './request-body.ts';

export type Signal = 'traces' | 'metrics' | 'logs';

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'logs'],
]);

/** The paths of OTLP/HTTP. */
export const OTLP_PATHS: readonly string[] = [...SIGNALS.keys()];

/** The signal that a path is for; `undefined` where it is none of OTLP's. */
export function otlpSignalOf(path: string): Signal | undefined {
  return SIGNALS.get(path);
}

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

export interface OtlpRequestLimits {
  /** Of a body, before and after unpacking. */
  readonly maxBodyBytes: number;
  /** For all bodies together. Default: no bound. */
  readonly room?: BodyRoom;
}

/** A request that is no OTLP, with its status. */
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
 * Reads an OTLP/HTTP request up to where its message begins to be decoded.
 *
 * @throws what {@link otlpRefusalOf} can tell a status of, or what the room for bodies throws
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp-request
 */
export async function readOtlpRequest(
  request: IncomingMessage,
  { maxBodyBytes, room }: OtlpRequestLimits,
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
  const { bytes, bytesOnWire } = await readBody(request, maxBodyBytes, room);
  return { signal, encoding, path, headers: request.headers, bytes, bytesOnWire };
}

/** How a request is refused. `message` is for the `google.rpc.Status` of the answer. */
export interface OtlpRefusal {
  readonly status: number;
  readonly message: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How to answer what {@link readOtlpRequest} and the decoders throw; `undefined` for any other error. */
export function otlpRefusalOf(error: unknown): OtlpRefusal | undefined {
  if (error instanceof OtlpDecodeError) return { status: 400, message: error.message, headers: {} };
  if (error instanceof BodyRefused) return { status: error.status, message: error.message, headers: {} };
  if (error instanceof Refused) {
    return { status: error.status, message: error.message, headers: error.headers };
  }
  return undefined;
}
