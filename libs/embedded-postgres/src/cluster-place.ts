import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CHILD_ENV } from './child-env.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { runAs, serverUser, type ServerUser } from './server-user.ts';
import { ensureSystemDir, SYSTEM_DIR } from './system-dir.ts';

const run = promisify(execFile);

export interface ClusterPlace {
  clusterDir: string;
  user: ServerUser | undefined;
}

/**
 * Where the cluster lives and who runs it. Data that exists stays where it is: a folder whose modes changed later must
 * never look like an empty database.
 */
export async function clusterPlace(
  files: ClusterFiles,
  onProgress: (line: string) => void,
): Promise<ClusterPlace> {
  const hash = createHash('sha256').update(files.dataDir).digest('hex').slice(0, 16);
  const movedDir = join(SYSTEM_DIR, hash, 'cluster');
  const isMoved = process.getuid?.() === 0 && !existsSync(files.clusterDir) && existsSync(movedDir);
  const clusterDir = isMoved ? movedDir : files.clusterDir;
  const user = await serverUser(clusterDir);
  if (user === undefined) return { clusterDir, user };

  if (isMoved || !(await isReachable(files.dataDir, user))) {
    if (existsSync(files.clusterDir)) {
      throw new EmbeddedPostgresError(
        'data-dir',
        `The user ${user.name}, as whom Postgres runs here, can no longer reach ${files.clusterDir}: allow others to enter the folders above it (chmod o+x).`,
      );
    }
    await ensureSystemDir();
    await mkdir(join(SYSTEM_DIR, hash), { recursive: true, mode: 0o755 });
    onProgress(`The user ${user.name} cannot reach ${files.dataDir}: the data is in ${movedDir}.`);
    return { clusterDir: movedDir, user };
  }
  return { clusterDir, user };
}

/** Tried rather than computed: mode bits know nothing of ACLs, read-only mounts and squashed roots. */
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
    return false;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
