import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a server says of itself in `postmaster.pid`. */
export interface LockFile {
  pid: number;
  port: number;
  /** `starting`, `ready`, `stopping` or `standby`; empty while the file is being written. */
  state: string;
}

export function readLockFile(clusterDir: string): LockFile | undefined {
  const lines = readLines(clusterDir);
  // The lines' meaning: src/include/utils/pidfile.h of PostgreSQL.
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), state: (lines[7] ?? '').trim() };
}

/**
 * Replaces the process id in the lock file of a dead server whose id another program has now: after a restart of the machine
 * Postgres would refuse to start for as long as that program runs. The id written is the one that Postgres excuses, its
 * starter's; removing the file instead would also remove the shared memory key by which Postgres finds surviving backends.
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
