import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { isDatabaseAway, errorText } from './database-away.ts';
import { StoreUnavailableError } from './store-errors.ts';

/** How to reach the database of a store. */
export interface StoreConnectionOptions {
  readonly url: string;
  /** The schema contains everything of the store; `trace_explorer` by default. */
  readonly schema?: string | undefined;
  /** Names the connections in `pg_stat_activity`. */
  readonly applicationName?: string | undefined;
  /** How long to wait for a database that does not answer yet, in ms; 30,000 by default. */
  readonly connectTimeoutMs?: number | undefined;
  /** The longest that a statement of a reader may take, in ms; 5,000 by default. */
  readonly readTimeoutMs?: number | undefined;
  /** Maximum number of connections for readers; 8 by default. */
  readonly readerConnections?: number | undefined;
  /** Called with one sentence about each problem that the store survives. */
  readonly onTrouble?: ((sentence: string) => void) | undefined;
}

/**
 * Connections by purpose. A write therefore never waits for the connection of a slow query or a
 * sweep.
 */
export interface StorePools {
  readonly writers: pg.Pool;
  readonly readers: pg.Pool;
  /** Retention, ANALYZE, VACUUM, filters of attributes, journeys, the map. */
  readonly keepers: pg.Pool;
}

/**
 * Two connections overlap the work of Node.js and of Postgres. More only compete for the same two
 * rows of `traces` and the same cores.
 */
export const WRITER_CONNECTIONS = 2;

const CONNECTION_WAIT_MS = 3_000;
const WRITE_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 250;

/**
 * @throws RangeError if the name would need quotes: it is part of the search path and of people's
 * queries.
 */
export function checkSchemaName(schema: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(schema) || schema.startsWith('pg_')) {
    throw new RangeError(
      `the schema "${schema}" has to be of lower-case letters, digits and _, at most 63, not starting with a digit or pg_`,
    );
  }
  return schema;
}

/** Makes the pools without connecting. */
export function newStorePools(options: StoreConnectionOptions): StorePools {
  const { schema = 'trace_explorer', readTimeoutMs = 5_000, readerConnections = 8 } = options;
  const searchPath = `-c search_path=${checkSchemaName(schema)}`;
  const pool = (max: number, statementTimeoutMs: number, settings: string): pg.Pool => {
    const made = new pg.Pool({
      connectionString: options.url,
      application_name: options.applicationName ?? 'trace-store',
      options: `${searchPath} ${settings}`,
      max,
      connectionTimeoutMillis: CONNECTION_WAIT_MS,
      idleTimeoutMillis: 60_000,
      keepAlive: true,
      ...(statementTimeoutMs > 0 && {
        statement_timeout: statementTimeoutMs,
        // For a silent server, which cannot end the statement itself.
        query_timeout: statementTimeoutMs + 5_000,
      }),
      idle_in_transaction_session_timeout: WRITE_TIMEOUT_MS,
    });
    // Without a handler, a broken idle connection crashes the process.
    made.on('error', (error) => options.onTrouble?.(`an idle database connection broke: ${error.message}`));
    // The pool does not listen to connections in use either. Their user learns of a loss from the
    // query.
    made.on('connect', (client) => client.on('error', () => undefined));
    return made;
  };
  return {
    // A span is acknowledged once it is on the disk, for any default of the server.
    writers: pool(WRITER_CONNECTIONS, WRITE_TIMEOUT_MS, '-c synchronous_commit=on'),
    readers: pool(readerConnections, readTimeoutMs, '-c default_transaction_read_only=on'),
    // A VACUUM may take any time. A sweep that is lost in a crash is repeated. One connection each
    // for a sweep, ANALYZE, a rebuild, writing filters, journeys, and the map.
    keepers: pool(6, 0, '-c synchronous_commit=off'),
  };
}

export async function endStorePools(pools: StorePools): Promise<void> {
  await Promise.all([pools.writers.end(), pools.readers.end(), pools.keepers.end()]);
}

/**
 * Waits for a database that is still starting.
 *
 * @throws StoreUnavailableError if it does not answer in time. Other errors (a wrong password, for
 * example) are thrown at once.
 */
export async function waitForDatabase(
  pool: pg.Pool,
  { url, connectTimeoutMs = 30_000, onTrouble }: StoreConnectionOptions,
): Promise<void> {
  const deadline = Date.now() + connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    try {
      await pool.query('SELECT 1');
      return;
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      if (Date.now() > deadline) {
        const sentence = `the database at ${withoutPassword(url)} did not answer within ${connectTimeoutMs} ms`;
        throw new StoreUnavailableError(`${sentence}: ${errorText(error)}`, { cause: error });
      }
      if (attempt === 4) onTrouble?.(`waiting for the database at ${withoutPassword(url)}`);
      await sleep(RETRY_PAUSE_MS);
    }
  }
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'the given address';
  const { host, pathname } = new URL(url);
  return host + pathname;
}
