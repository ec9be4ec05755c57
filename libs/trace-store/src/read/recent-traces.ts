import type { Query, TracePage } from '@span-links/explorer-api';
import type pg from 'pg';
import { encodeCursor, TRACE_LIST } from './page-cursor.ts';
import { preparedStatement } from './prepared-statement.ts';
import type { SearchedBack, SearchOptions } from './search.ts';
import { traceSummary, type TraceRow } from './trace-row.ts';

const RECENT_TRACES = preparedStatement('recent-traces');

/** With one more, what the statement finds at most. */
const MAX_TRACES = 1_000;

/** Whether a search asks for no more than the newest traces: what the page shows first, and asks for again and again. */
export function isForRecentTraces(query: Query, { limit, cursor, fromNs, toNs }: SearchOptions): boolean {
  const isSmall = limit >= 1 && limit <= MAX_TRACES;
  return query.terms.length === 0 && isSmall && !cursor && fromNs === undefined && toNs === undefined;
}

/** The first page of a search for whatever there is, in one statement that is planned once instead of two, of which one is not. */
export async function recentTraces(pool: pg.Pool, limit: number): Promise<TracePage & SearchedBack> {
  const { rows } = await pool.query<TraceRow | (TraceRow & { root_span_id: null })>({
    ...RECENT_TRACES,
    values: [limit + 1],
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    traces: shown.filter((row) => row.root_span_id !== null).map(traceSummary),
    nextCursor: last ? encodeCursor(TRACE_LIST, [last.start_ns, last.trace_id]) : null,
    searchedBackTo: null,
  };
}
