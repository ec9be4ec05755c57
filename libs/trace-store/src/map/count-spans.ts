import type pg from 'pg';
import { readSql } from '../sql.ts';

const SQL = {
  take: readSql('map/take'),
  batch: readSql('map/batch'),
  count: readSql('map/count'),
  addEdges: readSql('map/add-edges'),
  addCounts: readSql('map/add-counts'),
};
/** Makes the table of the spans that are being counted. It belongs to the connection. */
export const BATCH_TABLE = `CREATE TEMPORARY TABLE IF NOT EXISTS map_batch (
  id bigint, trace_id uuid, span_id bytea, parent_span_id bytea, operation int, start_ns bigint, duration_ns bigint, is_error boolean,
  link_count int
) ON COMMIT DELETE ROWS`;
const SPANS_AT_ONCE = 10_000;
/** Lengths of slots in seconds. */
export const MAP_LEVELS = [60, 600, 3_600] as const;
/**
 * Span names may contain ids, and each name is an operation. Above this many pairs, new ones are
 * not counted. Reading an hour of this many takes 0.1 s.
 */
export const MOST_EDGES = 5_000;

interface Counted {
  readonly kind: string;
  readonly a: number;
  readonly b: number;
  readonly relation: string;
  readonly minute: string;
  readonly bucket: number;
  readonly count: number;
  readonly errors: number;
  readonly most: string;
}

type Edge = Pick<Counted, 'kind' | 'a' | 'b' | 'relation'>;

/** Ids of the pairs that are counted. */
export class MapEdges {
  readonly #ids = new Map<string, number>();

  async learn(client: pg.ClientBase): Promise<void> {
    const { rows } = await client.query<Edge & { id: number }>(
      'SELECT id, kind, a, b, relation FROM map_edges',
    );
    this.#ids.clear();
    for (const row of rows) this.#ids.set(keyOf(row), row.id);
  }

  idOf(edge: Edge): number | undefined {
    return this.#ids.get(keyOf(edge));
  }

  async add(client: pg.ClientBase, edges: readonly Edge[]): Promise<void> {
    const unknown = new Map(
      edges.filter((edge) => this.idOf(edge) === undefined).map((edge) => [keyOf(edge), edge]),
    );
    const added = [...unknown.values()].slice(0, Math.max(0, MOST_EDGES - this.#ids.size));
    if (added.length === 0) return;
    const { rows } = await client.query<Edge & { id: number }>(SQL.addEdges, [
      added.map(({ kind }) => kind),
      added.map(({ a }) => a),
      added.map(({ b }) => b),
      added.map(({ relation }) => relation),
    ]);
    for (const row of rows) this.#ids.set(keyOf(row), row.id);
  }
}

/**
 * Counts some of the waiting spans, within the caller's transaction. @returns true if there were
 * any.
 */
export async function countSpans(client: pg.ClientBase, edges: MapEdges): Promise<boolean> {
  const taken = await client.query<{ first_id: string; last_id: string }>(SQL.take, [SPANS_AT_ONCE]);
  if (taken.rows.length === 0) return false;
  await client.query(SQL.batch, [
    taken.rows.map(({ first_id }) => first_id),
    taken.rows.map(({ last_id }) => last_id),
  ]);
  await client.query('ANALYZE map_batch');
  const { rows } = await client.query<Counted>(SQL.count);
  await edges.add(client, rows);
  const counts = rows.flatMap((row) => {
    const edge = edges.idOf(row);
    if (edge === undefined) return [];
    const seconds = Number(row.minute) * 60;
    return MAP_LEVELS.map((level) => [
      level,
      Math.floor(seconds / level),
      edge,
      row.bucket,
      row.count,
      row.errors,
      row.most,
    ]);
  });
  if (counts.length > 0)
    await client.query(
      SQL.addCounts,
      counts[0]!.map((_, column) => counts.map((row) => row[column])),
    );
  return true;
}

function keyOf({ kind, a, b, relation }: Edge): string {
  return `${kind}${a} ${b} ${relation}`;
}
