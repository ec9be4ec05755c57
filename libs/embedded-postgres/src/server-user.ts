import { execFile } from 'node:child_process';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const run = promisify(execFile);

/** The users under which Postgres runs if the caller is root, which Postgres refuses. */
export interface ServerUser {
  name: string;
  uid: number;
  gid: number;
}

/** Lists only existing users. We decided not to create system users on a user's machine. */
const CANDIDATES = ['postgres', 'nobody'];

/**
 * Returns the user that runs Postgres, or undefined if the caller is not root and runs it itself. Existing data
 * decides, because Postgres refuses a folder that another user owns.
 */
export async function serverUser(clusterDir?: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = clusterDir === undefined ? undefined : await ownerOf(clusterDir);
  if (owner !== undefined) return owner;
  for (const name of CANDIDATES) {
    const [uid, gid] = await Promise.all([idOf(name, '-u'), idOf(name, '-g')]);
    if (uid !== undefined && gid !== undefined) return { name, uid, gid };
  }
  throw new EmbeddedPostgresError(
    'no-server-user',
    `Postgres refuses to run as root, and this machine has none of the users ${CANDIDATES.join(', ')}: start as another user or set DATABASE_URL.`,
  );
}

/** The spawn options that run a process as `user`. */
export function runAs(user: ServerUser | undefined): { uid?: number; gid?: number } {
  return user === undefined ? {} : { uid: user.uid, gid: user.gid };
}

async function ownerOf(clusterDir: string): Promise<ServerUser | undefined> {
  try {
    const { uid, gid } = await stat(clusterDir);
    return uid === 0 ? undefined : { name: `with id ${uid}`, uid, gid };
  } catch {
    return undefined;
  }
}

async function idOf(name: string, flag: '-u' | '-g'): Promise<number | undefined> {
  try {
    const { stdout } = await run('id', [flag, name], { env: CHILD_ENV });
    return Number.parseInt(stdout, 10);
  } catch {
    return undefined;
  }
}

/**
 * The whole environment of every process started here. It is fixed, because the starter's environment could break it:
 * NODE_OPTIONS would load the app's tracing into the guardian, PG* variables would redirect Postgres, and a locale
 * would translate the messages that this library matches.
 */
export const CHILD_ENV: NodeJS.ProcessEnv = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
};

/**
 * The folder where root keeps files for the server's user if that user cannot reach the checkout. It is not under
 * /var/tmp, because anyone may create a folder there first, and cleaners delete files that were not read for 30 days.
 */
export const SYSTEM_DIR = '/var/lib/span-links';

/** Makes the folder and a folder in it readable for everyone, under any umask. */
export async function ensureSystemDir(inner = ''): Promise<string> {
  const folder = join(SYSTEM_DIR, inner);
  await mkdir(folder, { recursive: true });
  await chmod(SYSTEM_DIR, 0o755);
  await chmod(folder, 0o755);
  return folder;
}
