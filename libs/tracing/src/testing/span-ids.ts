/** What a link tells of its target, and all that is needed to find it. */
export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Tells spans apart in maps and sets. */
export function spanKey({ traceId, spanId }: SpanIds): string {
  return traceId + spanId;
}

/** The ids in full are 49 characters; first and last ones tell spans apart, also where a test counts ids up from 1. */
export function shortId({ traceId, spanId }: SpanIds): string {
  return [traceId, spanId].map((id) => `${id.slice(0, 4)}…${id.slice(-4)}`).join('/');
}
