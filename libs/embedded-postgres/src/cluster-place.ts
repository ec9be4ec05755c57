import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { diskFull, isFull } from './restart-policy.ts';
import { runAs, serverUser, type ServerUser } from './server-user.ts';
import { ensureSystemDir, SYSTEM_DIR } from './system-dir.ts';

const run = promisify(execFile);

export interface ClusterPlace {
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
