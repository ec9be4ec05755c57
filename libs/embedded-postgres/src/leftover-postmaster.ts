import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { adminQuery, serverUrl } from './admin-connection.ts';
import { CHILD_ENV } from './child-env.ts';
import { disownLockFile, readLockFile } from './lock-file.ts';
import { adoptPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts';
import { isProcessAlive } from './process-life.ts';

/**
 * Handles a server that outlived its guardian. A server that answers is adopted, so that the surviving clients keep
 * their connections. Otherwise it is stopped. Undefined means that a new server can start.
 */
export async function takeOverLeftover(
  clusterDir: string,
  password: string,
): Promise<Postmaster | undefined> {
  const lock = readLockFile(clusterDir);
  if (lock === undefined || !isProcessAlive(lock.pid)) return undefined;
  if (!isPostgresOn(lock.pid, clusterDir)) {
    disownLockFile(clusterDir);
    return undefined;
  }
  const leftover = adoptPostmaster(lock.pid, lock.port);
  if (await answers(lock.port, password, clusterDir)) return leftover;
  await stopPostmaster(leftover, { smartMs: 0, fastMs: 3_000, immediateMs: 2_000 });
  return undefined;
}

async function answers(port: number, password: string, clusterDir: string): Promise<boolean> {
  try {
    const rows = await adminQuery(serverUrl(port, password), 'SHOW data_directory');
    return rows[0]?.['data_directory'] === clusterDir;
  } catch {
    return false;
  }
}

/** Process ids are reused: only the command line distinguishes a server on this folder from another program. */
function isPostgresOn(pid: number, clusterDir: string): boolean {
  const [program, ...args] = commandLine(pid);
  return program !== undefined && /^postgres(\.exe)?$/.test(basename(program)) && args.includes(clusterDir);
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return commandLineFromPs(pid);
  }
}

/**
 * Used on macOS. `ps` does not distinguish spaces inside an argument from spaces between arguments, so this splits at
 * our own options.
 */
function commandLineFromPs(pid: number): string[] {
  try {
    const text = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: CHILD_ENV,
    });
    return text.trim().split(/ -[Dc] /);
  } catch {
    return [];
  }
}
