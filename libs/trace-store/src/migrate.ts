import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';
import { checkSchemaName } from './store-pools.ts';

// Any constant does, as long as all who migrate use the same one.
const MIGRATION_LOCK = 7_326_002;
const FOLDER = new URL('../sql/migrations/', import.meta.url);

/**
 * Brings the schema up to date. Any number of processes may call it at once: one applies what is new, the others wait and find
 * nothing. A migration that fails leaves nothing of itself behind.
 *
 * @returns the names of the migrations that this call applied.
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
    const known = new Set(rows.map(({ name }) => name));
    const applied: string[] = [];
    for (const name of migrationNames()) {
      if (known.has(name)) continue;
      await applyMigration(client, name);
      applied.push(name);
    }
    return applied;
  } finally {
    // Closing the connection gives the lock back, also where the connection is what failed.
    client.release(true);
  }
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
