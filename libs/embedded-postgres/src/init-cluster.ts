import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { runAs, type ServerUser } from './server-user.ts';

const run = promisify(execFile);

/** The PostgreSQL major version of the pinned binaries. */
const MAJOR_VERSION = '18';

/** Every server here has this superuser. */
export const SUPERUSER = 'postgres';

export interface InitClusterOptions {
  binaries: ServerBinaries;
  clusterDir: string;
  user: ServerUser | undefined;
  password: string;
  /** Skips flushing the new files to disk, 60 ms of 500 (November 2026, two cores). For tests. */
  isThrowaway?: boolean;
}

/** Tells whether there is a cluster. Throws `data-version` if another PostgreSQL version wrote it. */
export function hasCluster(clusterDir: string): boolean {
  const versionFile = join(clusterDir, 'PG_VERSION');
  if (!existsSync(versionFile)) return false;
  const version = readFileSync(versionFile, 'utf8').trim();
  if (version !== MAJOR_VERSION) {
    throw new EmbeddedPostgresError(
      'data-version',
      `The data in ${clusterDir} belongs to PostgreSQL ${version}, and this is ${MAJOR_VERSION}: move it away to start empty.`,
    );
  }
  return true;
}

/**
 * Makes a cluster in a draft folder and renames it into place, so that a killed initdb leaves nothing that looks like a
 * database. The caller holds the claim on the data folder, so older drafts are dead and are removed.
 */
export async function initCluster(options: InitClusterOptions): Promise<void> {
  const { clusterDir, user } = options;
  const prefix = `${basename(clusterDir)}.draft-`;
  const parent = dirname(clusterDir);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    // Retry, because the initdb of a killed guardian may still be writing there.
    await rm(join(parent, name), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
  const draft = join(parent, `${prefix}${process.pid}`);
  const passwordFile = join(draft, 'password');
  const newCluster = join(draft, 'cluster');
  try {
    await mkdir(draft);
    await chmod(draft, 0o700);
    await writeFile(passwordFile, options.password, { mode: 0o600 });
    if (user !== undefined) {
      await chown(draft, user.uid, user.gid);
      await chown(passwordFile, user.uid, user.gid);
    }
    await runInitdb(options, newCluster, passwordFile);
    await rename(newCluster, clusterDir);
  } catch (cause) {
    throw new EmbeddedPostgresError('init-failed', explainInitFailure(cause, clusterDir), { cause });
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function runInitdb(
  { binaries, user, isThrowaway }: InitClusterOptions,
  newCluster: string,
  passwordFile: string,
): Promise<void> {
  const options = [
    `--pgdata=${newCluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in provider sorts the same on every platform and needs no installed locale.
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--no-instructions',
    ...(isThrowaway === true ? ['--no-sync'] : []),
  ];
  await run(binaries.initdb, options, { cwd: '/', env: CHILD_ENV, ...runAs(user) });
}

function explainInitFailure(cause: unknown, clusterDir: string): string {
  const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr) : '';
  const text = output === '' ? String(cause) : output;
  if (/No space left|ENOSPC|Check free disk space/.test(text)) {
    const { bavail, bsize } = statfsSync(dirname(clusterDir));
    const freeMiB = Math.floor((bavail * bsize) / 1024 / 1024);
    return `There is too little disk space for the database in ${clusterDir}: ${freeMiB} MiB are free, and a new one takes about 50 MiB.`;
  }
  const lines = text.trim().split('\n');
  const line = lines.find((candidate) => /error|fatal/i.test(candidate)) ?? lines.at(-1) ?? '';
  return `PostgreSQL could not set up a database in ${clusterDir}: ${line.replace(/^.*?(error|FATAL): +/, '').trim()}.`;
}
