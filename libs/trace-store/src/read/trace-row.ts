import type { TraceSummary } from '@span-links/explorer-api';
import { spanKind, spanStatus } from './span-row.ts';

/** A trace as `summaries.sql` and `link-graph.sql` return it. */
export interface TraceRow {
  readonly trace_id: string;
  readonly start_ns: string;
  readonly duration_ns: string;
  readonly span_count: number;
  readonly error_count: number;
  readonly link_count: number;
  readonly backlink_count: number;
  readonly root_span_id: string;
  readonly root_received: boolean;
  readonly root_service: string;
  readonly root_name: string;
  readonly root_kind: number;
  readonly root_status: number;
  readonly services: readonly string[];
  readonly error: TraceSummary['error'];
}

export function traceSummary(row: TraceRow): TraceSummary {
  return {
    traceId: row.trace_id,
    root: {
      spanId: row.root_span_id,
      service: row.root_service,
      name: row.root_name,
      kind: spanKind(row.root_kind),
      status: spanStatus(row.root_status),
      received: row.root_received,
    },
    startTime: row.start_ns,
    durationNs: Number(row.duration_ns),
    spanCount: row.span_count,
    errorCount: row.error_count,
    linkCount: row.link_count,
    backlinkCount: row.backlink_count,
    services: row.services,
    error: row.error,
  };
}
