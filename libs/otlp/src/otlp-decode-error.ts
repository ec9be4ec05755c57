/**
 * Why bytes are not an OTLP request:
 * `truncated` a message or field ends too early, or reaches past the message around it; `malformed` the wire format is
 * broken; `invalid-utf8` a string is not UTF-8 (proto3 parsers must refuse it); `too-deep` a value nests deeper than
 * {@link MAX_VALUE_DEPTH}; `invalid-json` the text is not JSON; `wrong-type` a JSON field holds another type than its
 * field has; `out-of-range` a number does not fit its field.
 */
export type OtlpDecodeReason =
  'truncated' | 'malformed' | 'invalid-utf8' | 'too-deep' | 'invalid-json' | 'wrong-type' | 'out-of-range';

/** Where decoding stopped: a byte offset into the protobuf message, or the path of a JSON field such as `$.resourceSpans[0]`. */
export type OtlpDecodePosition = { readonly offset: number } | { readonly path: string };

/** The one error the decoders throw: the request cannot be read. In OTLP/HTTP it is answered with 400. */
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
