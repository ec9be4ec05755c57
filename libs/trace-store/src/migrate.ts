import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import { SchemaTooNewError } from './store-errors.ts';
import { checkSchemaName } from './store-pools.ts';

// Any constant works if everyone who migrates uses the same one.
const MIGRATION_LOCK = 7_326_002;
const FOLDER = new URL('../sql/migrations/', import.meta.url);

/**
 * Brings the schema up to date. Any number of processes may call it at once: one applies the new
 * migrations, the others wait and find nothing to do. A failed migration leaves no changes behind.
 *
 * @returns the names of the migrations that this call applied.
 * @throws SchemaTooNewError if a newer version of the explorer has migrated the schema. Nothing is
 * changed then.
 */
export async function migrateTraceStore(pool: pg.Pool, schema: string): Promise<string[]> {
  checkSchemaName(schema);
  const client = await pool.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const present = new Set(rows.map(({ name }) => name));
    const known = migrationNames();
    refuseNewerSchema(present, known);
    const applied: string[] = [];
    for (const name of known) {
      if (present.has(name)) continue;
      await applyMigration(client, name);
      applied.push(name);
    }
    return applied;
  } finally {
    // Closing the connection releases the lock, even if the connection itself failed.
    client.release(true);
  }
}

function refuseNewerSchema(present: ReadonlySet<string>, known: readonly string[]): void {
  const newest = [...present]
    .filter((name) => !known.includes(name))
    .sort()
    .at(-1);
  if (newest === undefined) return;
  throw new SchemaTooNewError(
    `the trace store has schema version ${newest}, and this program knows versions up to ${known.at(-1)}; start a newer program or use another database`,
  );
}

async function applyMigration(client: pg.PoolClient, name: string): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(readFileSync(new URL(name, FOLDER), 'utf8'));
    await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

function migrationNames(): string[] {
  return readdirSync(FOLDER)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort();
}
