import type pg from 'pg';
import { readSql } from '../sql.ts';

/** What one transaction took. */
export interface EvictedChunk {
  /** Traces that are gone as a whole. */
  readonly traceIds: readonly string[];
  readonly spans: number;
  readonly bytes: number;
  /** The latest start among the traces, unix time in ns. */
  readonly latestStartNs: bigint;
  /** Of a trace that is larger than a chunk, spans are left: the next chunk has to go on with it. */
  readonly isUnfinished: boolean;
}

/** Which traces may go. */
export interface EvictionLimit {
  /** Only those whose first span was stored longer ago. */
  readonly olderThanMs: number;
  /** Not more of them than it takes to free so many estimated bytes. */
  readonly bytes: number;
}

interface OldTrace {
  readonly trace_id: string;
  readonly start_ns: string;
  readonly span_count: number;
  readonly bytes: string;
  readonly root_span: string;
}

// Small, for those who wait: writers wait for a chunk only where they write to the very traces that go, or to those they link to.
const CHUNK_SPANS = 5_000;
const CHUNK_TRACES = 500;

const SQL = {
  oldest: readSql('oldest-traces'),
  deleteSpans: readSql('delete-spans'),
  deleteLinks: readSql('delete-links'),
  settleBacklinks: readSql('settle-backlinks'),
  shrink: readSql('shrink-trace'),
  clear: readSql('clear-traces'),
  bury: readSql('bury-traces'),
};

/** Takes the oldest traces, to be run in a transaction of its own. @returns `undefined` where none has to go. */
export async function evictChunk(
  client: pg.ClientBase,
  limit: EvictionLimit,
): Promise<EvictedChunk | undefined> {
  const { rows } = await client.query<OldTrace>(SQL.oldest, [limit.olderThanMs, CHUNK_TRACES]);
  const traces = firstOf(rows, limit.bytes);
  const [first] = traces;
  if (first === undefined) return undefined;
  const traceIds = traces.map(({ trace_id }) => trace_id);
  const isSliced = first.span_count > CHUNK_SPANS;
  // The span that stands for the trace goes last: until then the trace can be listed.
  const deleted = await client.query<{ id: string; status: number }>(SQL.deleteSpans, [
    traceIds,
    isSliced ? first.root_span : null,
    isSliced ? CHUNK_SPANS : null,
  ]);
  const links = await deleteLinks(client, deleted.rows);
  if (isSliced) {
    const errors = deleted.rows.filter(({ status }) => status === 2).length;
    await client.query(SQL.shrink, [first.trace_id, deleted.rows.length, errors, links]);
  } else {
    await client.query(SQL.clear, [traceIds]);
  }
  await client.query(SQL.bury, [traceIds]);
  const latestStartNs = traces.map(({ start_ns }) => BigInt(start_ns)).reduce((a, b) => (a > b ? a : b));
  const bytes = traces.reduce((sum, trace) => sum + Number(trace.bytes), 0);
  return {
    traceIds: isSliced ? [] : traceIds,
    spans: deleted.rows.length,
    bytes: isSliced ? Math.floor((bytes * deleted.rows.length) / first.span_count) : bytes,
    latestStartNs,
    isUnfinished: isSliced,
  };
}

/** As many of the oldest as fit into a chunk and are needed; one that does not fit is alone. */
function firstOf(rows: readonly OldTrace[], neededBytes: number): readonly OldTrace[] {
  let spans = 0;
  let bytes = 0;
  const taken: OldTrace[] = [];
  for (const row of rows) {
    spans += row.span_count;
    if (bytes >= neededBytes || (taken.length > 0 && spans > CHUNK_SPANS)) break;
    bytes += Number(row.bytes);
    taken.push(row);
  }
  return taken;
}

/** @returns how many links there were. */
async function deleteLinks(client: pg.ClientBase, spans: readonly { id: string }[]): Promise<number> {
  const { rows } = await client.query<{ target_trace_id: string | null; links: number }>(SQL.deleteLinks, [
    spans.map(({ id }) => id),
  ]);
  const targets = rows.filter(({ target_trace_id }) => target_trace_id !== null);
  if (targets.length > 0) {
    const ids = targets.map(({ target_trace_id }) => target_trace_id);
    // In the order in which writers lock them.
    await client.query('SELECT FROM traces WHERE trace_id = ANY ($1::uuid[]) ORDER BY trace_id FOR UPDATE', [
      ids,
    ]);
    await client.query(SQL.settleBacklinks, [ids, targets.map(({ links }) => links)]);
    await client.query(
      'DELETE FROM traces WHERE trace_id = ANY ($1::uuid[]) AND span_count = 0 AND backlink_count = 0',
      [ids],
    );
  }
  return rows.reduce((sum, { links }) => sum + links, 0);
}
