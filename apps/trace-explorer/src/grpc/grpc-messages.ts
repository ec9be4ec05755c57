import type { OutgoingHttpHeaders } from 'node:http2';
import { ACCEPTED_ENCODINGS, encodeStatus } from '@span-links/otlp';

/** The gRPC status codes that this server sends. */
export const GRPC_STATUS = {
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export type GrpcStatusName = keyof typeof GRPC_STATUS;

/** The failure of a call. */
export interface GrpcFailure {
  readonly status: GrpcStatusName;
  readonly message: string;
  /** Set if the client may try again. */
  readonly retryAfterSeconds?: number | undefined;
}

const LONGEST_MESSAGE = 1_000;

/** For `grpc-accept-encoding`. */
const ENCODINGS = ['identity', ...ACCEPTED_ENCODINGS].join(',');

/**
 * The gRPC status for an HTTP status. In OTLP/gRPC, a client may retry RESOURCE_EXHAUSTED only with
 * RetryInfo.
 */
export function grpcStatusOf(httpStatus: number): GrpcStatusName {
  const names: Readonly<Record<number, GrpcStatusName>> = {
    400: 'INVALID_ARGUMENT',
    413: 'RESOURCE_EXHAUSTED',
    415: 'UNIMPLEMENTED',
    429: 'RESOURCE_EXHAUSTED',
    500: 'INTERNAL',
    503: 'UNAVAILABLE',
  };
  return names[httpStatus] ?? 'UNKNOWN';
}

/** Headers of a call that is answered with a message. */
export const ANSWER_HEADERS: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ENCODINGS,
};

/** A message with its prefix of five bytes: the flag for no compression, and the length. */
export function grpcFrame(message: Uint8Array): Buffer {
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  return frame;
}

/** Headers of a call that fails, which has no message. */
export function failureHeaders({ status, message, retryAfterSeconds }: GrpcFailure): OutgoingHttpHeaders {
  const code = GRPC_STATUS[status];
  const text = message.slice(0, LONGEST_MESSAGE).replaceAll(/[\ud800-\udfff]/g, '�');
  const details = encodeStatus('protobuf', { code, message: text, retryAfterSeconds });
  return {
    ...ANSWER_HEADERS,
    'grpc-status': String(code),
    'grpc-message': encodeURIComponent(text),
    ...(retryAfterSeconds !== undefined && {
      'grpc-status-details-bin': Buffer.from(details).toString('base64'),
    }),
  };
}
