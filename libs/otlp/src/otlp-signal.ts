export type Signal = 'traces' | 'metrics' | 'logs';

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'logs'],
]);

/** The paths of OTLP/HTTP. */
export const OTLP_PATHS: readonly string[] = [...SIGNALS.keys()];

/** The signal of a path; `undefined` if it is not a path of OTLP. */
export function otlpSignalOf(path: string): Signal | undefined {
  return SIGNALS.get(path);
}

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
