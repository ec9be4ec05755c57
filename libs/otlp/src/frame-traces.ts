import { decodeJsonSpan, frameTracesJson } from './decode-traces-json.ts';
import { decodeProtobufSpan, frameTracesProtobuf, type SpanFrame } from './decode-traces-protobuf.ts';
import { JsonScan } from './json-scan.ts';
import type { Steps } from './loop-turns.ts';
import type { MessageScan } from './message-scan.ts';
import type { OtlpEncoding } from './otlp-signal.ts';
import type { Span, TracesRequest } from './otlp-model.ts';

/** A request whose spans are not decoded yet. */
export interface FramedTraces {
  readonly encoding: OtlpEncoding;
  readonly bytes: Uint8Array;
  readonly request: TracesRequest<SpanFrame>;
  readonly scan: MessageScan;
}

/**
 * Decodes a request except its spans, in steps. The limits that `scan` counted with bound the
 * result.
 *
 * @param scan of {@link scanMessage}, after it was given all of `bytes`
 * @throws {OtlpDecodeError} if the message is broken around its spans
 */
export function* frameTraces(
  encoding: OtlpEncoding,
  bytes: Uint8Array,
  scan: MessageScan,
): Steps<FramedTraces> {
  const request = yield* scan instanceof JsonScan ? frameTracesJson(bytes, scan) : frameTracesProtobuf(bytes);
  return { encoding, bytes, scan, request };
}

/** @throws {OtlpDecodeError} with its place in the request, if the span is broken */
export function decodeSpanFrame({ bytes, scan }: FramedTraces, frame: SpanFrame): Span {
  return scan instanceof JsonScan ? decodeJsonSpan(bytes, frame, scan) : decodeProtobufSpan(bytes, frame);
}
