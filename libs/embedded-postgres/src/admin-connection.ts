import pg from 'pg';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';
import { SUPERUSER } from './init-cluster.ts';

/** The URL of a database on a server of this library. */
export function serverUrl(port: number, password: string, database = 'postgres'): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${encodeURIComponent(database)}`;
}

/**
 * Runs one statement over a new connection, because CREATE DATABASE and similar statements run outside transactions,
 * and rarely.
 */
export async function adminQuery(
  url: string,
  sql: string,
  values: unknown[] = [],
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, ssl: false, connectionTimeoutMillis: 5_000 });
  // A connection that breaks while idle emits an error; without a listener it would end the process.
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<Record<string, unknown>>(sql, values);
    return rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** Creates a database if it is missing. `url` names any other database of the server. */
export async function ensureDatabase(url: string, name: string): Promise<void> {
  checkDatabaseName(name);
  const known = await adminQuery(url, 'SELECT 1 FROM pg_database WHERE datname = $1', [name]);
  if (known.length > 0) return;
  try {
    await adminQuery(url, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process was faster: 42P04 if its database exists already, 23505 if both created it at once.
    if (!['42P04', '23505'].includes(errorCode(error) ?? '')) throw error;
  }
}

/** PostgreSQL cuts longer names without an error, and the connection would then use another database. */
export function checkDatabaseName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > 63) {
    throw new EmbeddedPostgresError(
      'database-name',
      `A database name has 1 to 63 bytes, and "${name}" has ${bytes}.`,
    );
  }
}

/** Tells whether the server is down, starting or stopping. Returns false if the server is up and refuses the request. */
export function isServerAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = errorCode(error) ?? '';
  // pg has no error code for a connection that ends during a query.
  return /^(ECONN|EPIPE|57P0)/.test(code) || error.message.startsWith('Connection terminated');
}
