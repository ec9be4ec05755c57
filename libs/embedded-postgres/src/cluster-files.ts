import { accessSync, constants, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';

/** The files of the data folder, beside the cluster that belongs to Postgres itself. */
export interface ClusterFiles {
  /** The folder as the file system knows it, so that two spellings of it lead to one guardian. */
  dataDir: string;
  clusterDir: string;
  passwordFile: string;
  portFile: string;
  logFile: string;
  claimDir: string;
}

/** Makes the data folder if it is missing. Throws `data-dir` if that is refused. */
export function clusterFiles(dataDir: string): ClusterFiles {
  try {
    mkdirSync(dataDir, { recursive: true });
    const real = realpathSync(dataDir);
    accessSync(real, constants.W_OK | constants.X_OK);
    return {
      dataDir: real,
      clusterDir: join(real, 'cluster'),
      passwordFile: join(real, 'password'),
      portFile: join(real, 'port'),
      logFile: join(real, 'server.log'),
      claimDir: join(real, 'guardian'),
    };
  } catch (cause) {
    throw unusableDataDir(dataDir, cause);
  }
}

export function unusableDataDir(dataDir: string, cause: unknown): EmbeddedPostgresError {
  const message = `The data folder ${dataDir} cannot be used (${errorText(cause)}): choose another one or set DATABASE_URL.`;
  return new EmbeddedPostgresError('data-dir', message, { cause });
}
