import type { Query, TracePage } from '@span-links/explorer-api';
import type pg from 'pg';
import { encodeCursor, TRACE_LIST } from './page-cursor.ts';
import { preparedStatement } from './prepared-statement.ts';
import type { SearchedBack, SearchOptions } from './search.ts';
import { traceSummary, type TraceRow } from './trace-row.ts';

const RECENT_TRACES = preparedStatement('recent-traces');

/** The statement finds at most this many plus one. */
const MAX_TRACES = 1_000;

/**
 * True if a search only asks for the newest traces. The page shows these first and requests them
 * again and again.
 */
export function isForRecentTraces(
  query: Query,
  { limit, cursor, fromNs, toNs, tags }: SearchOptions,
): boolean {
  const isSmall = limit >= 1 && limit <= MAX_TRACES;
  const asksForAll = query.terms.length === 0 && !tags?.length;
  return asksForAll && isSmall && !cursor && fromNs === undefined && toNs === undefined;
}

/**
 * The first page of a search without a query. It is one statement that is planned once; the general
 * search has two, and one of them is planned each time.
 */
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
