import type { Span } from './otlp-model.ts';

/** The problems of a decoded span. */
export type SpanProblem =
  | { readonly kind: 'trace-id' | 'span-id' | 'parent-span-id' | 'ends-before-start' }
  | { readonly kind: 'link'; readonly linkIndex: number };

/**
 * `sound`: there is no problem. `suspect`: the span can be kept with its problems. `unusable`: it
 * has no valid id, so it can be neither found nor linked to.
 */
export interface SpanVerdict {
  readonly verdict: 'sound' | 'suspect' | 'unusable';
  readonly problems: readonly SpanProblem[];
}

const SOUND: SpanVerdict = Object.freeze({ verdict: 'sound', problems: Object.freeze([]) });

/**
 * Judges the content of one span. The decoders do not, because they would have to refuse a request
 * of 512 spans for one broken id. The protocol's partial success lets a receiver refuse just that
 * one. Never throws.
 */
export function judgeSpan(span: Span): SpanVerdict {
  const problems: SpanProblem[] = [];
  if (!isTraceId(span.traceId)) problems.push({ kind: 'trace-id' });
  if (!isSpanId(span.spanId)) problems.push({ kind: 'span-id' });
  const unusable = problems.length > 0;
  if (span.parentSpanId !== undefined && !isSpanId(span.parentSpanId))
    problems.push({ kind: 'parent-span-id' });
  if (span.endTimeUnixNano < span.startTimeUnixNano) problems.push({ kind: 'ends-before-start' });
  span.links.forEach((link, linkIndex) => {
    if (!isTraceId(link.traceId) || !isSpanId(link.spanId)) problems.push({ kind: 'link', linkIndex });
  });
  if (problems.length === 0) return SOUND;
  return { verdict: unusable ? 'unusable' : 'suspect', problems };
}

const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

function isTraceId(id: string): boolean {
  return TRACE_ID.test(id);
}

function isSpanId(id: string): boolean {
  return SPAN_ID.test(id);
}
