import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isProcessAlive } from '../src/process-life.ts';
import { readLockFile } from '../src/lock-file.ts';

/** A folder for a database, reachable by the user that Postgres runs as. */
export function newTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-spec-'));
  chmodSync(folder, 0o755);
  return folder;
}

export function removeTestFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** The guardian's process id as its claim has it. */
export function guardianPid(dataDir: string): number {
  const [name] = readdirSync(join(dataDir, 'guardian')).filter((entry) => entry.endsWith('.json'));
  return (JSON.parse(readFileSync(join(dataDir, 'guardian', name!), 'utf8')) as { pid: number }).pid;
}

export function postmasterPid(dataDir: string): number {
  return readLockFile(join(dataDir, 'cluster'))!.pid;
}

/** Every process whose command line names the folder, except the holders' own. */
export function serverProcesses(dataDir: string): string[] {
  return execFileSync('ps', ['-eww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(dataDir) && !line.includes('holder.mjs'));
}

/** Waits for what a process does by itself, without a bound on how fast: the suite's own time limit is the bound. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(20);
}

export async function allGone(...pids: number[]): Promise<void> {
  await eventually(() => pids.every((pid) => !isProcessAlive(pid)));
}
