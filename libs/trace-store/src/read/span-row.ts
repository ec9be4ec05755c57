import {
  SPAN_KINDS,
  SPAN_STATUSES,
  type SpanKind,
  type SpanStatus,
  type SpanSummary,
  type TimeProblem,
} from '@span-links/explorer-api';

/**
 * A span as the statements in sql/read return it: bigint as text, as pg does it; ids as hex digits.
 */
export interface SpanRow {
  readonly trace_id: string;
  readonly span_id: string;
  readonly parent_span_id: string | null;
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly status: number;
  readonly start_ns: string;
  readonly duration_ns: string | number;
  readonly link_count: number;
  readonly dropped_links: number;
  readonly backlink_count: string | number;
  /** The status message of an error or the message of its exception. */
  readonly message: string | null;
  /** The values that the columns could not hold, or `null`. */
  readonly exact: ExactSpan | null;
}

/** The parts of `exact` that a summary shows. */
export interface ExactSpan {
  readonly name?: string;
  readonly parentSpanId?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly droppedLinksCount?: number;
  /** The id as it was sent if another span has the same id. */
  readonly spanId?: string;
  /** Empty for none. */
  readonly sentParentSpanId?: string;
}

export function spanSummary(row: SpanRow): SpanSummary {
  const { exact } = row;
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: exact?.parentSpanId ?? row.parent_span_id,
    service: row.service,
    name: exact?.name ?? row.name,
    kind: spanKind(row.kind),
    status: spanStatus(row.status),
    startTime: row.start_ns,
    durationNs: Number(row.duration_ns),
    linkCount: row.link_count,
    droppedLinksCount: exact?.droppedLinksCount ?? row.dropped_links,
    backlinkCount: Number(row.backlink_count),
    message: row.message,
    ...(exact && oddities(exact, row.start_ns)),
  };
}

/** The unusual facts about the times and the id of a span. Nearly all spans have none. */
export function oddities(
  exact: ExactSpan,
  startNs: string,
): Pick<SpanSummary, 'timeProblem' | 'sharedSpanId'> {
  const timeProblem = timeProblemOf(exact, startNs);
  return {
    ...(timeProblem && { timeProblem }),
    ...(exact.spanId !== undefined && { sharedSpanId: exact.spanId }),
  };
}

function timeProblemOf({ startTime, endTime }: ExactSpan, startNs: string): TimeProblem | undefined {
  if (startTime !== undefined) return startTime === '0' ? 'no_start' : 'future_start';
  return endTime !== undefined && BigInt(endTime) < BigInt(startNs) ? 'ends_before_start' : undefined;
}

export function spanKind(kind: number): SpanKind {
  return SPAN_KINDS[kind] ?? 'unspecified';
}

export function spanStatus(status: number): SpanStatus {
  return SPAN_STATUSES[status] ?? 'unset';
}
