import type pg from 'pg';
import { preparedStatement } from './prepared-statement.ts';

/** How the services share the spans of a trace. */
export interface TraceBreakdown {
  /** Sorted by bytes. */
  readonly services: readonly {
    readonly service: string;
    readonly spanCount: number;
    readonly errorCount: number;
  }[];
  /** Spans whose parent is missing. */
  readonly orphanCount: number;
}

interface BreakdownRow {
  readonly trace_id: string;
  readonly service: string;
  readonly span_count: number;
  readonly error_count: number;
  readonly orphan_count: number;
}

const TRACE_BREAKDOWNS = preparedStatement('trace-breakdowns');

export async function traceBreakdowns(
  pool: pg.Pool,
  traceIds: readonly string[],
  spanLimit: number,
): Promise<ReadonlyMap<string, TraceBreakdown>> {
  const { rows } = await pool.query<BreakdownRow>({ ...TRACE_BREAKDOWNS, values: [traceIds, spanLimit] });
  const breakdowns = new Map<
    string,
    { services: TraceBreakdown['services'][number][]; orphanCount: number }
  >();
  for (const row of rows) {
    const known = breakdowns.get(row.trace_id);
    const breakdown = known ?? { services: [], orphanCount: 0 };
    if (!known) breakdowns.set(row.trace_id, breakdown);
    breakdown.services.push({
      service: row.service,
      spanCount: row.span_count,
      errorCount: row.error_count,
    });
    breakdown.orphanCount += row.orphan_count;
  }
  return breakdowns;
}
