import type pg from 'pg';

/**
 * A row that many spans share. Spans that wait to be written keep it even if the cache drops it.
 */
export interface DictionaryEntry {
  readonly digest: Buffer;
  /** The other columns, in the order of the dictionary's statement. */
  readonly columns: readonly (string | number | null)[];
  /** 0 until it is looked up. */
  id: number;
  /** The `performance.now()` at which this process last renewed the row. */
  renewedAtMs: number;
}

// Much less than the hour after which retention treats a row as unused; see
// sql/migrations/0001-traces.sql.
const RENEW_AFTER_MS = 600_000;

/**
 * Rows that are written once and referred to by number, remembered with their numbers. Safe with
 * any number of processes: the database decides the number of a row, and rows in use are not
 * deleted.
 */
export class Dictionary {
  readonly #cache = new Map<string, DictionaryEntry>();
  readonly #statement: { readonly name: string; readonly text: string };
  readonly #cacheSize: number;

  /**
   * @param statement adds or renews rows and returns `id` and `digest`. Parameter 1 is the array of
   * digests, followed by one array per column.
   */
  constructor(statement: { readonly name: string; readonly text: string }, cacheSize: number) {
    this.#statement = statement;
    this.#cacheSize = cacheSize;
  }

  /** @param make is called if the key is not remembered. */
  entry(key: string, make: () => Pick<DictionaryEntry, 'digest' | 'columns'>): DictionaryEntry {
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const entry = { ...make(), id: 0, renewedAtMs: Number.NEGATIVE_INFINITY };
    if (this.#cache.size >= this.#cacheSize) {
      // First in, first out. An entry that is still in use comes back for the cost of one
      // statement.
      const [oldest] = this.#cache.keys();
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.set(key, entry);
    return entry;
  }

  /**
   * Ensures that all of these have ids and stay. Commits separately, before the spans that use
   * them.
   */
  async renew(client: pg.ClientBase, entries: Iterable<DictionaryEntry>): Promise<void> {
    const now = performance.now();
    const due = new Map<string, DictionaryEntry[]>();
    for (const entry of entries) {
      if (now - entry.renewedAtMs < RENEW_AFTER_MS) continue;
      const digest = entry.digest.toString('hex');
      const same = due.get(digest);
      if (same === undefined) due.set(digest, [entry]);
      // Two objects for one row: the cache dropped it while spans still waited with the first
      // object.
      else if (!same.includes(entry)) same.push(entry);
    }
    if (due.size === 0) return;
    const rows = [...due.values()].map(([first]) => first!);
    const columns = rows[0]!.columns.map((_, column) => rows.map((row) => row.columns[column] ?? null));
    const result = await client.query<{ id: number; digest: Buffer }>({
      ...this.#statement,
      values: [rows.map(({ digest }) => digest), ...columns],
    });
    for (const { id, digest } of result.rows) {
      for (const entry of due.get(digest.toString('hex')) ?? []) {
        entry.id = id;
        entry.renewedAtMs = now;
      }
    }
  }
}
