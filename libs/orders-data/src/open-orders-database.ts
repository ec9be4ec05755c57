import type { DataSource } from 'typeorm';
import { connectOrdersDatabase, migrateOrdersDatabase, type OrdersDatabaseOptions } from './data-source.ts';

/** Which database to open. */
export interface OpenOrdersDatabaseOptions extends Omit<OrdersDatabaseOptions, 'url'> {
  /** Any Postgres 14 or later; an embedded one is brought up, or shared, where there is none. */
  readonly url: string | undefined;
  /** Where an embedded Postgres keeps its data; `.data/postgres` in the workspace by default. */
  readonly embeddedDir: string | undefined;
  /** Told in one line what is being done. */
  readonly onProgress: (line: string) => void;
}

/** An open database, its tables up to date. */
export interface OrdersDatabase {
  readonly dataSource: DataSource;
  /** Names of the migrations that opening it applied. */
  readonly applied: readonly string[];
  /** Closes the connections, and stops an embedded server that nobody else uses. */
  close(): Promise<void>;
}

/** Opens the orders database: brings an embedded one up where no other is given, connects, migrates. */
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
    return { dataSource, applied, close };
  } catch (error) {
    await server.release();
    throw error;
  }
}

async function serverOf({ url, embeddedDir, onProgress }: OpenOrdersDatabaseOptions) {
  if (url !== undefined) return { url, release: async () => undefined };
  // Loaded only here: an installation with a database of its own can leave the package out.
  const { defaultDataDir, holdDatabase } = await import('@span-links/embedded-postgres');
  return holdDatabase({ dataDir: embeddedDir ?? defaultDataDir(), onProgress });
}
