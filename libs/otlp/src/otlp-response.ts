import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Writer } from 'protobufjs/minimal.js';
import { OTLP_CONTENT_TYPE, type OtlpEncoding, type Signal } from './otlp-signal.ts';

/**
 * A receiver's report that it accepted only a part of a request, or all of it with a warning (0
 * rejected, a message).
 */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

const REJECTED = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
} as const satisfies Record<Signal, string>;

/**
 * The body of an `ExportTraceServiceResponse`, for status 200. Without `partialSuccess`, or with an
 * empty one, the field stays unset, as a full success requires.
 */
export function encodeTracesResponse(encoding: OtlpEncoding, partialSuccess?: PartialSuccess): Uint8Array {
  return encodeExportResponse('traces', encoding, partialSuccess);
}

/**
 * The same for any signal. `rejectedSpans` then counts data points or log records; in protobuf the
 * field is the same.
 */
export function encodeExportResponse(
  signal: Signal,
  encoding: OtlpEncoding,
  partialSuccess?: PartialSuccess,
): Uint8Array {
  const { rejectedSpans, errorMessage } = partialSuccess ?? { rejectedSpans: 0, errorMessage: '' };
  const said = rejectedSpans !== 0 || errorMessage !== '';
  if (encoding === 'json') {
    const rejected = { [REJECTED[signal]]: String(rejectedSpans), errorMessage };
    return jsonBytes(said ? { partialSuccess: rejected } : {});
  }
  const writer = Writer.create();
  if (said) {
    const field = writer.uint32(10).fork(); // partial_success = 1
    if (rejectedSpans !== 0) field.uint32(8).int64(rejectedSpans); // rejected_spans = 1
    if (errorMessage !== '') field.uint32(18).string(errorMessage); // error_message = 2
    field.ldelim();
  }
  return writer.finish();
}

/** A `google.rpc.Status`. */
export interface RpcStatus {
  /** A gRPC code such as 3 (INVALID_ARGUMENT). OTLP/HTTP does not use it and allows 0. */
  readonly code: number;
  readonly message: string;
  /** Adds a `google.rpc.RetryInfo` in protobuf. OTLP/HTTP uses `Retry-After`. */
  readonly retryAfterSeconds?: number | undefined;
}

/** The body of an answer with status 4xx or 5xx, or the details of a failed gRPC call. */
export function encodeStatus(encoding: OtlpEncoding, status: RpcStatus): Uint8Array {
  if (encoding === 'json') return jsonBytes({ code: status.code, message: status.message });
  const writer = Writer.create();
  if (status.code !== 0) writer.uint32(8).int32(status.code); // code = 1
  if (status.message !== '') writer.uint32(18).string(status.message); // message = 2
  if (status.retryAfterSeconds !== undefined) {
    const any = writer.uint32(26).fork().uint32(10).string('type.googleapis.com/google.rpc.RetryInfo'); // details = 3
    const retryInfo = any.uint32(18).fork(); // value = 2
    retryInfo.uint32(10).fork().uint32(8).int64(status.retryAfterSeconds).ldelim(); // retry_delay = 1, seconds = 1
    retryInfo.ldelim();
    any.ldelim();
  }
  return writer.finish();
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Sends an answer of OTLP/HTTP with the type of its request. */
export function sendOtlp(
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
