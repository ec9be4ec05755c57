import type pg from 'pg';
import { readSql } from '../sql.ts';

const SQL = {
  replace: readSql('replace-interrupted'),
  deleteLinks: readSql('delete-links'),
  settleBacklinks: readSql('settle-backlinks'),
  recount: readSql('recount-traces'),
};

/** Spans that were deleted in favour of their complete copies. */
export interface ReplacedSpans {
  /** The traces of these spans. */
  readonly traceIds: readonly string[];
  /** The traces that they linked to. */
  readonly targetIds: readonly string[];
}

/**
 * Deletes stored `interrupted` spans and their links if a complete copy is among the incoming
 * spans, so that the copy can be stored. Call it in the transaction that stores the copy; {@link
 * recountReplaced} then corrects the traces.
 */
export async function removeInterrupted(client: pg.ClientBase): Promise<ReplacedSpans | undefined> {
  const { rows: spans } = await client.query<{ id: string; trace_id: string }>(SQL.replace);
  if (spans.length === 0) return undefined;
  const { rows: links } = await client.query<{ target_trace_id: string | null; links: number }>(
    SQL.deleteLinks,
    [spans.map(({ id }) => id)],
  );
  const targets = links.flatMap(({ target_trace_id, links: count }) =>
    target_trace_id === null ? [] : [{ target_trace_id, count }],
  );
  const traceIds = [...new Set(spans.map(({ trace_id }) => trace_id))];
  const targetIds = targets.map(({ target_trace_id }) => target_trace_id);
  // Locks the traces in the same order as writers do.
  await client.query('SELECT FROM traces WHERE trace_id = ANY ($1::uuid[]) ORDER BY trace_id FOR UPDATE', [
    [...new Set([...traceIds, ...targetIds])],
  ]);
  await client.query(SQL.settleBacklinks, [targetIds, targets.map(({ count }) => count)]);
  return { traceIds, targetIds };
}

/** Call after the copies are stored. */
export async function recountReplaced(
  client: pg.ClientBase,
  { traceIds, targetIds }: ReplacedSpans,
): Promise<void> {
  await client.query(SQL.recount, [traceIds]);
  await client.query(
    'DELETE FROM traces WHERE trace_id = ANY ($1::uuid[]) AND span_count = 0 AND backlink_count = 0',
    [targetIds],
  );
}
