import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Batch } from './batch.entity.ts';
import { DatabaseUnavailableError, isDatabaseUnavailable } from './database-unavailable.ts';
import { OrdersBatchesRuns1763800000000 } from './migrations/1763800000000-orders-batches-runs.ts';
import { AttemptsOfOrders1763900000000 } from './migrations/1763900000000-attempts-of-orders.ts';
import { FanOuts1764000000000 } from './migrations/1764000000000-fan-outs.ts';
import { Order } from './order.entity.ts';
import { Run } from './run.entity.ts';

/** How to reach the database. */
export interface OrdersDatabaseOptions {
  readonly url: string;
  /** Names the connections in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most; 10 by default. */
  readonly poolSize?: number;
  /** How long to try to connect before giving up, in ms; 30,000 by default. */
  readonly connectTimeoutMs?: number;
  /** Told of what goes wrong on idle connections, and of waiting. */
  readonly onTrouble?: (sentence: string) => void;
}

// A request waits this long for a connection before it is answered with 503.
const CONNECTION_WAIT_MS = 3_000;
// A statement that takes longer is stuck; the server ends it, and the client gives up shortly after.
const STATEMENT_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 250;
// Any constant does, as long as all who migrate use the same one.
const MIGRATION_LOCK = 7_326_001;

/**
 * Connects to the orders database, waiting for it to come up.
 *
 * @throws DatabaseUnavailableError where it has not come up in time; other errors (a wrong password, say) at once.
 */
export async function connectOrdersDatabase(options: OrdersDatabaseOptions): Promise<DataSource> {
  const { onTrouble = () => undefined, connectTimeoutMs = 30_000 } = options;
  const deadline = Date.now() + connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    const dataSource = newDataSource(options, onTrouble);
    try {
      return await dataSource.initialize();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      if (Date.now() > deadline) {
        throw new DatabaseUnavailableError(
          `the database at ${withoutPassword(options.url)} did not answer within ${connectTimeoutMs} ms: ${reasonOf(error)}`,
        );
      }
      if (attempt === 4) onTrouble(`waiting for the database at ${withoutPassword(options.url)}`);
      await sleep(RETRY_PAUSE_MS);
    }
  }
}

/**
 * Brings the tables up to date. Any number of processes may call it at once: one applies what is new, the others wait and
 * find nothing.
 *
 * @returns the names of the migrations that this call applied.
 */
export async function migrateOrdersDatabase(dataSource: DataSource): Promise<string[]> {
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    const applied = await dataSource.runMigrations({ transaction: 'all' });
    return applied.map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
  }
}

function newDataSource(options: OrdersDatabaseOptions, onTrouble: (sentence: string) => void): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [Order, Batch, Run],
    migrations: [OrdersBatchesRuns1763800000000, AttemptsOfOrders1763900000000, FanOuts1764000000000],
    migrationsTableName: 'orders_migrations',
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: CONNECTION_WAIT_MS,
    // Without a handler, an idle connection that breaks takes the process down with it.
    poolErrorHandler: (error: Error) => onTrouble(`an idle database connection broke: ${error.message}`),
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
      keepAlive: true,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'the given address';
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
