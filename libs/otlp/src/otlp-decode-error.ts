/**
 * Why bytes are not an OTLP request:
 * `truncated` a message or field ends too early, or exceeds the message around it; `malformed` the
 * wire format is broken; `too-deep` a value nests deeper than {@link MAX_VALUE_DEPTH};
 * `invalid-json` the text is not JSON; `wrong-type` a JSON field holds another type than its field
 * has; `out-of-range` a number does not fit its field.
 */
export type OtlpDecodeReason =
  'truncated' | 'malformed' | 'too-deep' | 'invalid-json' | 'wrong-type' | 'out-of-range';

/**
 * Where decoding stopped: a byte offset in the protobuf message, or the path of a JSON field such
 * as `$.resourceSpans[0]`.
 */
export type OtlpDecodePosition = { readonly offset: number } | { readonly path: string };

/**
 * The only error that the decoders throw: the request cannot be read. OTLP/HTTP answers it with
 * 400.
 */
export class OtlpDecodeError extends Error {
  override readonly name = 'OtlpDecodeError';
  readonly reason: OtlpDecodeReason;
  readonly where: OtlpDecodePosition;

  constructor(reason: OtlpDecodeReason, where: OtlpDecodePosition, detail: string, cause?: unknown) {
    const place = 'offset' in where ? `byte ${where.offset}` : where.path;
    super(`Not a readable OTLP request: ${detail} (${reason} at ${place})`, { cause });
    this.reason = reason;
    this.where = where;
  }
}
