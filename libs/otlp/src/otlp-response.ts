import { Writer } from 'protobufjs/minimal.js';
import type { OtlpEncoding } from './otlp-encoding.ts';

/** What a receiver says when it took a request only in part, or took it all and has a warning (0 rejected, a message). */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly errorMessage: string;
}

/**
 * The body of an `ExportTraceServiceResponse`, to be sent with status 200. Without `partialSuccess`, or with one that
 * says nothing, the field stays unset, as a full success must leave it. The same bytes without `partialSuccess` are the
 * full success of metrics and logs.
 */
export function encodeTracesResponse(encoding: OtlpEncoding, partialSuccess?: PartialSuccess): Uint8Array {
  const { rejectedSpans, errorMessage } = partialSuccess ?? { rejectedSpans: 0, errorMessage: '' };
  const said = rejectedSpans !== 0 || errorMessage !== '';
  if (encoding === 'json') {
    return jsonBytes(said ? { partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage } } : {});
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

/**
 * The body of an answer with status 4xx or 5xx: a `google.rpc.Status`.
 *
 * @param status `code` is a gRPC code such as 3 (INVALID_ARGUMENT); OTLP/HTTP does not use it and lets it be 0
 */
export function encodeStatus(
  encoding: OtlpEncoding,
  status: { readonly code: number; readonly message: string },
): Uint8Array {
  if (encoding === 'json') return jsonBytes({ code: status.code, message: status.message });
  const writer = Writer.create();
  if (status.code !== 0) writer.uint32(8).int32(status.code); // code = 1
  if (status.message !== '') writer.uint32(18).string(status.message); // message = 2
  return writer.finish();
}

function jsonBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
