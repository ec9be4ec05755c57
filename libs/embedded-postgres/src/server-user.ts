import { execFile } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
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
