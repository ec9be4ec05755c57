import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';
import { SUPERUSER } from './cluster.ts';

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

/** How long to wait for other connections to a template to close. */
const TEMPLATE_LIMIT_MS = 15_000;

/**
 * Copies a database of a server that may belong to another process: the set-up of a suite owns the server, and its test
 * files clone. Waits a while for connections to the template to close.
 *
 * @param serverUrl any database of the server except the template.
 * @returns the copy's URL.
 */
export async function cloneDatabase(
  serverUrl: string,
  template: string,
  name = `test_${randomBytes(8).toString('hex')}`,
): Promise<string> {
  checkDatabaseName(name);
  const names = `${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`;
  const deadline = Date.now() + TEMPLATE_LIMIT_MS;
  for (;;) {
    try {
      await adminQuery(serverUrl, `CREATE DATABASE ${names} STRATEGY file_copy`);
      const copy = new URL(serverUrl);
      copy.pathname = `/${encodeURIComponent(name)}`;
      return copy.href;
    } catch (error) {
      // 55006: something is connected to the template, perhaps only another clone.
      if (errorCode(error) !== '55006' || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
