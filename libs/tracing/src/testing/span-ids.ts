/** The data of a link's target, enough to find it. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** A key for spans in maps and sets. */
export function spanKey({ traceId, spanId }: SpanIds): string {
  return traceId + spanId;
}

/** The full ids have 49 characters. The first and last ones distinguish spans, even if a test counts ids up from 1. */
export function shortId({ traceId, spanId }: SpanIds): string {
  return [traceId, spanId].map((id) => `${id.slice(0, 4)}…${id.slice(-4)}`).join('/');
}
