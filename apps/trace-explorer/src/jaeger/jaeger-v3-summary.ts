import type { TraceSummary } from '@span-links/explorer-api';
import type { TraceBreakdown, TraceReader } from '@span-links/trace-store';

/**
 * A trace with more spans has no counts by service, because they would cost a look at each span.
 */
const MAX_COUNTED_SPANS = 20_000;
/** Limit of spans to read for one answer. */
const MAX_COUNTED_SPANS_IN_ALL = 200_000;

/**
 * A trace in the answer of `/api/v3/trace-summaries`, in protobuf's JSON: 64-bit numbers are text,
 * and defaults may be missing.
 */
export interface JaegerTraceSummary {
  readonly traceId: string;
  readonly rootServiceName?: string;
  readonly rootOperationName?: string;
  readonly minStartTimeUnixNano: string;
  readonly maxEndTimeUnixNano: string;
  readonly spanCount: number;
  readonly errorSpanCount: number;
  /** Spans whose parent is missing. */
  readonly orphanSpanCount?: number;
  readonly services: readonly {
    readonly name: string;
    readonly spanCount?: number;
    readonly errorSpanCount?: number;
  }[];
}

export async function jaegerSummaries(
  reader: TraceReader,
  traces: readonly TraceSummary[],
): Promise<JaegerTraceSummary[]> {
  let room = MAX_COUNTED_SPANS_IN_ALL;
  const counted = traces.filter(({ spanCount }) => {
    if (spanCount > MAX_COUNTED_SPANS || spanCount > room) return false;
    room -= spanCount;
    return true;
  });
  const breakdowns = await reader.breakdowns(
    counted.map(({ traceId }) => traceId),
    { spanLimit: MAX_COUNTED_SPANS },
  );
  return traces.map((trace) => jaegerSummary(trace, breakdowns.get(trace.traceId)));
}

function jaegerSummary(trace: TraceSummary, breakdown: TraceBreakdown | undefined): JaegerTraceSummary {
  const { root, startTime, durationNs } = trace;
  return {
    traceId: trace.traceId,
    // Jaeger names a stored root. While it is missing, Jaeger does not name the earliest span.
    ...(root.received && { rootServiceName: root.service, rootOperationName: root.name }),
    minStartTimeUnixNano: startTime,
    maxEndTimeUnixNano: String(BigInt(startTime) + BigInt(Math.round(durationNs))),
    spanCount: trace.spanCount,
    errorSpanCount: trace.errorCount,
    ...(breakdown && { orphanSpanCount: breakdown.orphanCount }),
    services: breakdown
      ? breakdown.services.map(({ service, spanCount, errorCount }) => ({
          name: service,
          spanCount,
          errorSpanCount: errorCount,
        }))
      : trace.services.map((name) => ({ name })),
  };
}
