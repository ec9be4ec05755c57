import type { JourneyView } from '@span-links/explorer-api';
import type { FullSpan, TraceReader } from '@span-links/trace-store';

/**
 * Limit of spans in one file: a browser still opens it at once, and the server holds them in
 * memory.
 */
const MAX_SPANS = 5_000;
const SPANS_AT_ONCE = 1_000;

/** The complete spans of traces, up to the limit of one file, sorted by the start of the traces. */
export async function htmlContent(
  reader: TraceReader,
  traceIds: readonly string[],
  maxSpans = MAX_SPANS,
): Promise<{ readonly traces: readonly (readonly FullSpan[])[]; readonly isCut: boolean }> {
  const traces: FullSpan[][] = [];
  let left = maxSpans;
  let isCut = false;
  for (const traceId of traceIds) {
    const spans: FullSpan[] = [];
    for await (const page of reader.spansOf(traceId, SPANS_AT_ONCE)) {
      spans.push(...page.slice(0, left));
      isCut ||= page.length > left;
      left -= Math.min(left, page.length);
      if (isCut) break;
    }
    if (spans.length > 0) traces.push(spans);
    if (isCut) break;
  }
  const startOf = (spans: readonly FullSpan[]) => BigInt(spans[0]!.startTime);
  traces.sort((one, other) => (startOf(one) < startOf(other) ? -1 : 1));
  return { traces, isCut };
}

/** The traces of a journey, its first trace first. */
export function tracesOf({ summary, units }: JourneyView): string[] {
  return [...new Set([summary.journeyId, ...units.map(({ traceId }) => traceId)])];
}
