import type { SpanDetail } from '@span-links/explorer-api';
import type pg from 'pg';
import { ownLink, type OwnLink, type OwnLinkRow } from './link-row.ts';
import { withLogs } from './span-logs.ts';
import { spanDetail, type SpanDetailRow } from './span-detail.ts';
import { preparedStatement } from './prepared-statement.ts';

/** A span with everything that was sent for it. */
export interface FullSpan extends SpanDetail {
  /** Links as the linking span has them. The ids are those of the targets, which may be missing. */
  readonly links: readonly OwnLink[];
}

export interface FullTrace {
  readonly traceId: string;
  /** By start time, then by span id. */
  readonly spans: readonly FullSpan[];
}

const TRACE_SPAN_PAGE = preparedStatement('trace-span-page');
const FULL_TRACE_IDS = preparedStatement('full-trace-ids');
const SPAN_DETAILS = preparedStatement('span-details');
const OWN_LINKS = preparedStatement('own-links');

/** The stored traces, in the requested order. */
export async function fullTraces(
  pool: pg.Pool,
  traceIds: readonly string[],
  spanLimit: number,
): Promise<FullTrace[]> {
  const { rows } = await pool.query<{ id: string }>({ ...FULL_TRACE_IDS, values: [traceIds, spanLimit] });
  const traces: { traceId: string; spans: FullSpan[] }[] = [];
  // Rows of one trace follow each other.
  for (const span of await fullSpans(
    pool,
    rows.map(({ id }) => id),
  )) {
    const last = traces.at(-1);
    if (last?.traceId === span.traceId) last.spans.push(span);
    else traces.push({ traceId: span.traceId, spans: [span] });
  }
  return traces;
}

/**
 * All spans of a trace in the order of a full trace, page by page. A trace of any size needs little
 * memory.
 */
export async function* fullSpanPages(
  pool: pg.Pool,
  traceId: string,
  spansPerPage: number,
): AsyncGenerator<readonly FullSpan[]> {
  let after: readonly [startNs: string | null, spanId: Buffer | null] = [null, null];
  for (;;) {
    const { rows } = await pool.query<{ id: string; start_ns: string; span_id: Buffer }>({
      ...TRACE_SPAN_PAGE,
      values: [traceId, ...after, spansPerPage],
    });
    if (rows.length > 0)
      yield await fullSpans(
        pool,
        rows.map(({ id }) => id),
      );
    const last = rows.at(-1);
    if (!last || rows.length < spansPerPage) return;
    after = [last.start_ns, last.span_id];
  }
}

async function fullSpans(pool: pg.Pool, ids: readonly string[]): Promise<FullSpan[]> {
  const [details, links] = await Promise.all([
    pool.query<SpanDetailRow & { id: string }>({ ...SPAN_DETAILS, values: [ids] }),
    pool.query<OwnLinkRow>({ ...OWN_LINKS, values: [ids] }),
  ]);
  const linksBySpan = new Map<string, OwnLink[]>();
  for (const row of links.rows) {
    const ofSpan = linksBySpan.get(row.src);
    if (ofSpan) ofSpan.push(ownLink(row));
    else linksBySpan.set(row.src, [ownLink(row)]);
  }
  const spans = details.rows.map((row) => ({ ...spanDetail(row), links: linksBySpan.get(row.id) ?? [] }));
  return withLogs(pool, spans);
}
