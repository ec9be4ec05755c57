import { resolve } from 'node:path';
import { checkDatabaseName } from './admin-connection.ts';
import { clusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { Hold } from './hold.ts';

export interface HoldDatabaseOptions {
  /** The folder for the database, made if it is missing; see `defaultDataDir`. */
  dataDir: string;
  /** Created if it is missing. Default: `span_links`. */
  database?: string;
  /** Receives a sentence about anything that takes time or is unusual. */
  onProgress?: (line: string) => void;
  /**
   * Receives a sentence when the database is down, with the reason, a full disk for example. The database comes back by
   * itself.
   */
  onError?: (sentence: string) => void;
  /**
   * Called once if the database will not come back for this hold: it was stopped from outside, or its data is gone or
   * unusable. A process that needs the database should end, so that a supervisor can act.
   */
  onLost?: (error: EmbeddedPostgresError) => void;
  /** The variable that names another PostgreSQL, for the advice in errors. Default: `DATABASE_URL`. */
  urlVariable?: string;
  /** Aborts the wait. First stops everything that was started by then, unless others hold it. */
  signal?: AbortSignal;
}

export interface HeldDatabase {
  /** `postgres://…` on 127.0.0.1, including the password. It is valid as long as the database is held. */
  readonly url: string;
  readonly dataDir: string;
  /**
   * Releases the hold. Resolves when others still hold the database, or when PostgreSQL and its guardian are gone; at
   * once when called again. Never rejects.
   */
  release(): Promise<void>;
}

/**
 * Holds the embedded PostgreSQL of a data folder: the first holder on the machine starts it, the others share it, and
 * it stops when the last one has released it, exited or been killed. A hold does not keep its process running.
 *
 * @throws {EmbeddedPostgresError} if the database is not available here; its message gives the reason in one sentence.
 */
export async function holdDatabase(options: HoldDatabaseOptions): Promise<HeldDatabase> {
  const { database = 'span_links', onProgress = () => {}, onError = () => {}, onLost = () => {} } = options;
  const { signal } = options;
  checkDatabaseName(database);
  signal?.throwIfAborted();
  try {
    const hold = new Hold(clusterFiles(resolve(options.dataDir)), database, { onProgress, onError, onLost });
    const url = await hold.take(signal);
    return { url, dataDir: hold.dataDir, release: () => hold.release() };
  } catch (error) {
    throw withVariable(error, options.urlVariable ?? DEFAULT_VARIABLE);
  }
}

const DEFAULT_VARIABLE = 'DATABASE_URL';

/**
 * Errors also come from the guardian, which serves holders with different variables. Only this process knows the name.
 */
function withVariable(error: unknown, variable: string): unknown {
  if (variable === DEFAULT_VARIABLE || !(error instanceof EmbeddedPostgresError)) return error;
  const message = error.message.replaceAll(DEFAULT_VARIABLE, variable);
  return new EmbeddedPostgresError(error.failure, message, { cause: error });
}
