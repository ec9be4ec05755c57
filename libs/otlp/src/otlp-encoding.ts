/** The two encodings of OTLP/HTTP. */
export type OtlpEncoding = 'protobuf' | 'json';

/** The value of `Content-Type`. A response has the type of its request. */
export const OTLP_CONTENT_TYPE = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
} as const satisfies Record<OtlpEncoding, string>;

/**
 * The encoding that a `Content-Type` header names, without parameters and in any case; `undefined`
 * for other types.
 */
export function otlpEncodingOf(contentType: string | undefined): OtlpEncoding | undefined {
  const mediaType = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === OTLP_CONTENT_TYPE.protobuf) return 'protobuf';
  return mediaType === OTLP_CONTENT_TYPE.json ? 'json' : undefined;
}
