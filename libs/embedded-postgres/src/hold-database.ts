import { resolve } from 'node:path';
import { checkDatabaseName } from './admin-connection.ts';
import { clusterFiles } from './cluster-files.ts';
import { Hold } from './hold.ts';

export interface HoldDatabaseOptions {
  /** The folder for the database, made if need be; see `defaultDataDir`. */
  dataDir: string;
  /** Created if it is missing. Default: `span_links`. */
  database?: string;
  /** Told in sentences what takes time or is unusual. */
  onProgress?: (line: string) => void;
  /** Gives up waiting. What was started by then is stopped first, unless others hold it. */
  signal?: AbortSignal;
}

export interface HeldDatabase {
  /** `postgres://…` on 127.0.0.1, password included. It holds for as long as the database is held. */
  readonly url: string;
  readonly dataDir: string;
  /**
   * Lets go. Resolves when others still hold the database, or when PostgreSQL and its guardian are gone; at once when
   * called again. Never rejects.
   */
  release(): Promise<void>;
}

/**
 * Holds the embedded PostgreSQL of a data folder: the first holder on the machine brings it up, the others share it, and it
 * stops when the last one has released it, exited or been killed. A hold does not keep its process running.
 *
 * @throws {EmbeddedPostgresError} when the database cannot be had here; its message says why in one sentence.
 */
export async function holdDatabase(options: HoldDatabaseOptions): Promise<HeldDatabase> {
  const { database = 'span_links', onProgress = () => {}, signal } = options;
  checkDatabaseName(database);
  signal?.throwIfAborted();
  const hold = new Hold(clusterFiles(resolve(options.dataDir)), database, onProgress);
  const url = await hold.take(signal);
  return { url, dataDir: hold.dataDir, release: () => hold.release() };
}
