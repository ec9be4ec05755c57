import type pg from 'pg';
import { readSql } from '../sql.ts';

/** The data that one transaction deleted. */
export interface EvictedChunk {
  /** Traces that are completely deleted. */
  readonly traceIds: readonly string[];
  readonly spans: number;
  readonly bytes: number;
  /** The latest start among the traces, unix time in ns. */
  readonly latestStartNs: bigint;
  /**
   * True if spans are left of a trace that is larger than a chunk. The next chunk continues with
   * it.
   */
  readonly isUnfinished: boolean;
}

/** Which traces may be deleted. */
export interface EvictionLimit {
  /** Only traces whose first span was stored longer ago. */
  readonly olderThanMs: number;
  /** No more traces than needed to free this many estimated bytes. */
  readonly bytes: number;
}

interface OldTrace {
  readonly trace_id: string;
  readonly start_ns: string;
  readonly span_count: number;
  readonly bytes: string;
  readonly root_span: string;
}

// Small because others wait: writers wait for a chunk only if they write to the deleted traces or
// to traces that these link to.
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
  queueJourneys: readSql('queue-evicted'),
};

/**
 * Deletes the oldest traces. Run it in its own transaction. @returns `undefined` if nothing has to
 * be deleted.
 */
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
  // The span that represents the trace is deleted last. Until then the trace can be listed.
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
  if (!isSliced) await client.query(SQL.queueJourneys, [traceIds]);
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

/**
 * The oldest traces that fit into a chunk and are needed. A trace that does not fit is alone in its
 * chunk.
 */
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

/** @returns the number of links. */
async function deleteLinks(client: pg.ClientBase, spans: readonly { id: string }[]): Promise<number> {
  const { rows } = await client.query<{ target_trace_id: string | null; links: number }>(SQL.deleteLinks, [
    spans.map(({ id }) => id),
  ]);
  const targets = rows.filter(({ target_trace_id }) => target_trace_id !== null);
  if (targets.length > 0) {
    const ids = targets.map(({ target_trace_id }) => target_trace_id);
    // Locks the traces in the same order as writers do.
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
