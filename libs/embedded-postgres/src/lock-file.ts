import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The server's own data in `postmaster.pid`. */
export interface LockFile {
  pid: number;
  port: number;
  /** `starting`, `ready`, `stopping` or `standby`; empty while the file is being written. */
  state: string;
}

export function readLockFile(clusterDir: string): LockFile | undefined {
  const lines = readLines(clusterDir);
  // The meaning of the lines is in src/include/utils/pidfile.h of PostgreSQL.
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), state: (lines[7] ?? '').trim() };
}

/**
 * Replaces the process id in the lock file of a dead server if another program has that id now. After a restart of the
 * machine, Postgres would otherwise refuse to start for as long as that program runs. The new id is that of its
 * starter, which Postgres accepts. Removing the file instead would also remove the shared memory key by which Postgres
 * finds surviving backends.
 */
export function disownLockFile(clusterDir: string): void {
  const lines = readLines(clusterDir);
  lines[0] = String(process.pid);
  writeFileSync(join(clusterDir, 'postmaster.pid'), lines.join('\n'));
}

function readLines(clusterDir: string): string[] {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}
