import type { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessagingTables1764400000000 } from '@span-links/messaging/outbox';
import { DataSource, type QueryRunner } from 'typeorm';
import { Batch } from './batch.entity.ts';
import { DatabaseUnavailableError, isDatabaseUnavailable } from './database-unavailable.ts';
import { OrdersBatchesRuns1763800000000 } from './migrations/1763800000000-orders-batches-runs.ts';
import { AttemptsOfOrders1763900000000 } from './migrations/1763900000000-attempts-of-orders.ts';
import { Invoice } from './invoice.entity.ts';
import { FanOuts1764000000000 } from './migrations/1764000000000-fan-outs.ts';
import { ShipmentsInvoices1764100000000 } from './migrations/1764100000000-shipments-invoices.ts';
import { ReconciledOrders1764500000000 } from './migrations/1764500000000-reconciled-orders.ts';
import { Order } from './order.entity.ts';
import { Run } from './run.entity.ts';
import { Shipment } from './shipment.entity.ts';

/** The connection to the database. */
export interface OrdersDatabaseOptions {
  readonly url: string;
  /** Names the connections in `pg_stat_activity`. */
  readonly applicationName: string;
  /** Connections at most; 10 by default. */
  readonly poolSize?: number;
  /** How long to try to connect before giving up, in ms; 30,000 by default. */
  readonly connectTimeoutMs?: number;
  /** Receives the errors of idle connections, and a note while the start waits for the database. */
  readonly onTrouble?: (sentence: string) => void;
}

// A request waits this long for a connection before it is answered with 503.
const CONNECTION_WAIT_MS = 3_000;
// A statement that takes longer is stuck. The server ends it, and the client gives up shortly after.
const STATEMENT_TIMEOUT_MS = 30_000;
const RETRY_PAUSE_MS = 250;
// Any constant works if all processes that migrate use the same one.
const MIGRATION_LOCK = 7_326_001;
const MIGRATIONS_TABLE = 'orders_migrations';

/**
 * Connects to the orders database, and waits until it is up.
 *
 * @throws DatabaseUnavailableError if it is not up in time; other errors (such as a wrong password) at once.
 */
export async function connectOrdersDatabase(options: OrdersDatabaseOptions): Promise<DataSource> {
  const { onTrouble = () => undefined, connectTimeoutMs = 30_000 } = options;
  const deadline = Date.now() + connectTimeoutMs;
  for (let attempt = 1; ; attempt++) {
    const dataSource = newDataSource(options, onTrouble);
    try {
      return listenOnEachConnection(await dataSource.initialize());
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      if (Date.now() > deadline) {
        throw new DatabaseUnavailableError(
          `the database at ${withoutPassword(options.url)} did not answer within ${connectTimeoutMs} ms: ${errorText(error)}`,
        );
      }
      if (attempt === 4) onTrouble(`waiting for the database at ${withoutPassword(options.url)}`);
      await sleep(RETRY_PAUSE_MS);
    }
  }
}

/**
 * Brings the tables up to date. Any number of processes may call it at once: one applies the new migrations, the others
 * wait and then have nothing to do.
 *
 * @returns the names of the migrations that this call applied.
 * @throws SchemaTooNewError if a newer version of the platform has migrated the database. Then nothing changes.
 */
export async function migrateOrdersDatabase(dataSource: DataSource): Promise<string[]> {
  const lock = dataSource.createQueryRunner();
  await lock.connect();
  try {
    await lock.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await refuseNewerSchema(lock, dataSource);
    const applied = await dataSource.runMigrations({ transaction: 'all' });
    return applied.map((migration) => migration.name);
  } finally {
    await lock.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => undefined);
    await lock.release();
  }
}

/** A newer version of the platform has migrated the database. The effect of older statements on it is unknown. */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}

async function refuseNewerSchema(runner: QueryRunner, dataSource: DataSource): Promise<void> {
  if (!(await runner.hasTable(MIGRATIONS_TABLE))) return;
  const known = dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const [newest] = await dataSource.query<{ name: string }[]>(
    `SELECT name FROM ${MIGRATIONS_TABLE} WHERE name <> ALL ($1::text[]) ORDER BY "timestamp" DESC LIMIT 1`,
    [known],
  );
  if (!newest) return;
  throw new SchemaTooNewError(
    `the orders database has schema version ${newest.name}, and this program knows versions up to ${known.at(-1)}; start a newer program or use another database`,
  );
}

function newDataSource(options: OrdersDatabaseOptions, onTrouble: (sentence: string) => void): DataSource {
  return new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: options.applicationName,
    entities: [Order, Batch, Run, Shipment, Invoice],
    migrations: [
      OrdersBatchesRuns1763800000000,
      AttemptsOfOrders1763900000000,
      FanOuts1764000000000,
      ShipmentsInvoices1764100000000,
      MessagingTables1764400000000,
      ReconciledOrders1764500000000,
    ],
    migrationsTableName: MIGRATIONS_TABLE,
    synchronize: false,
    installExtensions: false,
    logging: false,
    poolSize: options.poolSize ?? 10,
    connectTimeoutMS: CONNECTION_WAIT_MS,
    // Without a handler, a broken idle connection ends the process.
    poolErrorHandler: (error: Error) => onTrouble(`an idle database connection broke: ${error.message}`),
    extra: {
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: STATEMENT_TIMEOUT_MS + 5_000,
      keepAlive: true,
      idle_in_transaction_session_timeout: STATEMENT_TIMEOUT_MS,
    },
  });
}

/**
 * TypeORM listens to a connection only after the pool has handed it over. If a server ends right after it accepts a
 * connection, both messages arrive at once, and an error without a listener would end the process. The user of the
 * connection still sees its loss.
 */
function listenOnEachConnection(dataSource: DataSource): DataSource {
  const { master: pool } = dataSource.driver as unknown as { master: EventEmitter };
  pool.on('connect', (client: EventEmitter) => client.on('error', () => undefined));
  return dataSource;
}

function withoutPassword(url: string): string {
  if (!URL.canParse(url)) return 'the given address';
  const { host, pathname } = new URL(url);
  return host + pathname;
}

function errorText(error: unknown): string {
  if (error instanceof AggregateError) return errorText(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
