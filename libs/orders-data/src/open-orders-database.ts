import type { DataSource } from 'typeorm';
import { connectOrdersDatabase, migrateOrdersDatabase, type OrdersDatabaseOptions } from './data-source.ts';

/** The database to open. */
export interface OpenOrdersDatabaseOptions extends Omit<OrdersDatabaseOptions, 'url'> {
  /** Any Postgres 14 or later. Without it, an embedded one is started or shared. */
  readonly url: string | undefined;
  /** The data folder of an embedded Postgres; `.data/postgres` in the workspace by default. */
  readonly embeddedDir: string | undefined;
  /** Receives one line per step. */
  readonly onProgress: (line: string) => void;
  /** Receives a sentence if an embedded Postgres is away, with the reason. It comes back by itself. */
  readonly onError?: (sentence: string) => void;
  /** Receives a sentence if an embedded Postgres does not come back. */
  readonly onLost?: (sentence: string) => void;
}

/** An open database with tables that are up to date. */
export interface OrdersDatabase {
  readonly dataSource: DataSource;
  /** The given URL, or the URL of the embedded server. */
  readonly url: string;
  /** Names of the migrations that were applied at this opening. */
  readonly applied: readonly string[];
  /** Closes the connections, and stops an embedded server that no other process uses. */
  close(): Promise<void>;
}

/** Opens the orders database: starts an embedded one if none is given, connects and migrates. */
export async function openOrdersDatabase(options: OpenOrdersDatabaseOptions): Promise<OrdersDatabase> {
  const server = await serverOf(options);
  try {
    const dataSource = await connectOrdersDatabase({ ...options, url: server.url });
    const applied = await migrateOrdersDatabase(dataSource);
    if (applied.length > 0) options.onProgress(`database migrated: ${applied.join(', ')}`);
    const close = async () => {
      await dataSource.destroy();
      await server.release();
    };
    return { dataSource, url: server.url, applied, close };
  } catch (error) {
    await server.release();
    throw error;
  }
}

async function serverOf({ url, embeddedDir, onProgress, onError, onLost }: OpenOrdersDatabaseOptions) {
  if (url !== undefined) return { url, release: async () => undefined };
  // Loaded only here, so that an installation with its own database can omit the package.
  const { defaultDataDir, holdDatabase } = await import('@span-links/embedded-postgres');
  return holdDatabase({
    dataDir: embeddedDir ?? defaultDataDir(),
    onProgress,
    onError: (sentence) => onError?.(sentence),
    onLost: ({ message }) => onLost?.(message),
  });
}
