import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { chmod, chown, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError, errorCode, errorText } from './embedded-postgres-error.ts';
import { diskFull, isFull } from './restart-policy.ts';
import type { ServerBinaries } from './server-binaries.ts';
import { CHILD_ENV, ensureSystemDir, runAs, serverUser, type ServerUser, SYSTEM_DIR } from './server-user.ts';

const run = promisify(execFile);

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

interface ClusterPlace {
  clusterDir: string;
  user: ServerUser | undefined;
}

/**
 * Decides where the cluster lives and which user runs it. Existing data stays in its place: a folder whose modes
 * changed later must never look like an empty database.
 */
export async function clusterPlace(
  files: ClusterFiles,
  onProgress: (line: string) => void,
): Promise<ClusterPlace> {
  if (process.getuid?.() !== 0) return { clusterDir: files.clusterDir, user: undefined };
  const hash = createHash('sha256').update(files.dataDir).digest('hex').slice(0, 16);
  const moved: ClusterFiles = { ...files, clusterDir: join(SYSTEM_DIR, hash, 'cluster') };
  const hasOwn = existsSync(files.clusterDir);
  if (!hasOwn) await setAsideIfAbandoned(moved, onProgress);
  const isMoved = !hasOwn && existsSync(moved.clusterDir);
  const user = await serverUser(isMoved ? moved.clusterDir : files.clusterDir);
  if (user === undefined || (!isMoved && (await isReachable(files.dataDir, user)))) {
    return { clusterDir: files.clusterDir, user };
  }
  if (hasOwn) {
    throw new EmbeddedPostgresError(
      'data-dir',
      `The user ${user.name}, as whom Postgres runs here, can no longer reach ${files.clusterDir}: allow others to enter the folders above it (chmod o+x).`,
    );
  }
  // Tells people who find the folder whose data it holds, because its name does not.
  await writeFile(join(await ensureSystemDir(hash), 'origin'), `${files.dataDir}\n`);
  onProgress(`The user ${user.name} cannot reach ${files.dataDir}: the data is in ${moved.clusterDir}.`);
  return { clusterDir: moved.clusterDir, user };
}

/**
 * A user who deletes the data folder wants an empty database, and has deleted the password with it. The data in another
 * place is kept once more, under another name, because nobody explicitly asked to delete it.
 */
async function setAsideIfAbandoned(
  { clusterDir, passwordFile }: ClusterFiles,
  onProgress: (line: string) => void,
): Promise<void> {
  if (!existsSync(clusterDir) || existsSync(passwordFile)) return;
  const folder = dirname(clusterDir);
  const previous = `${folder}.previous`;
  await rm(previous, { recursive: true, force: true });
  await rename(folder, previous);
  onProgress(`The data folder was deleted: starting empty; the data it stood for is in ${previous} for now.`);
}

/** Tests the access instead of computing it: mode bits know nothing of ACLs, read-only mounts and squashed roots. */
async function isReachable(folder: string, user: ServerUser): Promise<boolean> {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    await mkdir(probe);
    await chmod(probe, 0o700);
    await chown(probe, user.uid, user.gid);
    await run('/bin/sh', ['-c', 'cd "$1" && : > "$1/written"', 'sh', probe], {
      cwd: '/',
      env: CHILD_ENV,
      ...runAs(user),
    });
    return true;
  } catch {
    // A full disk refuses the probe too, and says nothing about permissions.
    if (isFull(folder)) throw diskFull(folder);
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}

/**
 * The cluster's password, made before the cluster. A start that is killed in between leaves a password without a
 * cluster, which is harmless; the reverse would not be.
 */
export function clusterPassword(passwordFile: string, clusterExists: boolean): string {
  const known = read(passwordFile);
  if (known !== undefined) return known;
  if (clusterExists) {
    throw new EmbeddedPostgresError(
      'password-missing',
      `The password file ${passwordFile} is gone: put it back, or remove the data beside it to start empty.`,
    );
  }
  // Writes another file and then links it, so that a kill leaves no empty password file.
  const draft = `${passwordFile}.${process.pid}`;
  writeFileSync(draft, randomBytes(18).toString('hex'), { mode: 0o600 });
  try {
    linkSync(draft, passwordFile);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(passwordFile, 'utf8');
}

function read(passwordFile: string): string | undefined {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** The PostgreSQL major version of the pinned binaries. */
const MAJOR_VERSION = '18';

/** Every server here has this superuser. */
export const SUPERUSER = 'postgres';

interface InitClusterOptions {
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

/**
 * The default data folder of the embedded database: `.data/postgres` below the nearest folder at or above `from` that
 * contains an `nx.json`, so that every app of a workspace finds the same one; below `from` if there is none.
 */
export function defaultDataDir(from: string = process.cwd()): string {
  const start = resolve(from);
  let folder = start;
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return join(start, '.data', 'postgres');
    folder = parent;
  }
  return join(folder, '.data', 'postgres');
}
