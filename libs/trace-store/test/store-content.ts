import { readFileSync } from 'node:fs';
import type pg from 'pg';

const AUDIT = readFileSync(new URL('audit.sql', import.meta.url), 'utf8');
const CONTENT = readFileSync(new URL('content.sql', import.meta.url), 'utf8');

/** The errors in the counts of a store; there should be none. */
export async function audit(pool: pg.Pool): Promise<unknown[]> {
  return (await pool.query<object>(AUDIT)).rows;
}

/** The whole content of a store, without its own numbers and its own times. */
export async function storeContent(pool: pg.Pool): Promise<unknown[]> {
  return (await pool.query<{ line: unknown }>(CONTENT)).rows.map(({ line }) => line);
}

export async function count(pool: pg.Pool, table: string): Promise<number> {
  const { rows } = await pool.query<{ count: string }>(`SELECT count(*) FROM ${table}`);
  return Number(rows[0]?.count);
}
