import type { TraceSummary } from '@span-links/explorer-api';
import type { FullTrace, TraceReader } from '@span-links/trace-store';
import type { JaegerSearch } from './jaeger-query.ts';

/** Limit of spans in an answer, which is in memory all at once. */
const MAX_SPANS = 20_000;
/** Spans of a trace that does not fit into the answer: enough to see what it is. */
const FEW_SPANS = 100;

/** A trace for an answer, with the real number of its spans. */
export interface SizedTrace extends FullTrace {
  readonly spanCount: number;
}

/** Summaries of the traces of a search, newest first. */
export async function findTraces(
  reader: TraceReader,
  search: JaegerSearch,
): Promise<readonly TraceSummary[]> {
  const { query, ...options } = search;
  const { traces } = await reader.searchTraces(query, options);
  return traces;
}

/**
 * Whole traces in the order of their summaries. Together they stay within {@link MAX_SPANS}. A
 * trace that does not fit has only its first spans, so no trace is missing from the answer.
 */
export async function readTraces(
  reader: TraceReader,
  summaries: readonly TraceSummary[],
): Promise<SizedTrace[]> {
  const byLimit = new Map<number, string[]>();
  let room = MAX_SPANS;
  for (const { traceId, spanCount } of summaries) {
    const limit = spanCount <= room ? MAX_SPANS : Math.max(room, FEW_SPANS);
    room = Math.max(0, room - Math.min(spanCount, limit));
    byLimit.set(limit, [...(byLimit.get(limit) ?? []), traceId]);
  }
  const read = new Map<string, FullTrace>();
  for (const [spanLimit, traceIds] of byLimit) {
    for (const trace of await reader.fullTraces(traceIds, { spanLimit })) read.set(trace.traceId, trace);
  }
  return summaries.flatMap(({ traceId, spanCount }) => {
    const trace = read.get(traceId);
    return trace ? [{ ...trace, spanCount: Math.max(spanCount, trace.spans.length) }] : [];
  });
}
