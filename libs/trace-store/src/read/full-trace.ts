import type { SpanDetail } from '@span-links/explorer-api';
import type pg from 'pg';
import { ownLink, type OwnLink, type OwnLinkRow } from './link-row.ts';
import { spanDetail, type SpanDetailRow } from './span-detail.ts';
import { preparedStatement } from './prepared-statement.ts';

/** A span with all that was sent of it. */
export interface FullSpan extends SpanDetail {
  /** As its bearer has them: ids are those of the targets, whether or not these are here. */
  readonly links: readonly OwnLink[];
}

export interface FullTrace {
  readonly traceId: string;
  /** By start time, then by span id. */
  readonly spans: readonly FullSpan[];
}

const FULL_TRACE_IDS = preparedStatement('full-trace-ids');
const SPAN_DETAILS = preparedStatement('span-details');
const OWN_LINKS = preparedStatement('own-links');

/** The traces that are here, in the order asked for. */
export async function fullTraces(
  pool: pg.Pool,
  traceIds: readonly string[],
  spanLimit: number,
): Promise<FullTrace[]> {
  const { rows } = await pool.query<{ id: string }>({ ...FULL_TRACE_IDS, values: [traceIds, spanLimit] });
  const ids = rows.map(({ id }) => id);
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
  const traces: { traceId: string; spans: FullSpan[] }[] = [];
  // Rows of one trace follow each other.
  for (const row of details.rows) {
    const span = { ...spanDetail(row), links: linksBySpan.get(row.id) ?? [] };
    const last = traces.at(-1);
    if (last?.traceId === span.traceId) last.spans.push(span);
    else traces.push({ traceId: span.traceId, spans: [span] });
  }
  return traces;
}
