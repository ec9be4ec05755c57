import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdDatabase } from '../src/index.ts';
import { latestClaim, type GuardianClaim } from '../src/guardian-claim.ts';
import { isProcessAlive } from '../src/process-life.ts';
import { readLockFile } from '../src/lock-file.ts';

/** A folder for a database, reachable by the user that Postgres runs as. */
export function newTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-spec-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** A data folder with a database in it that was never used, to copy: 0.1 s instead of the 0.5 s that initdb takes. */
export async function newSeed(): Promise<string> {
  const seed = join(newTestFolder(), 'postgres');
  await (await holdDatabase({ dataDir: seed })).release();
  return seed;
}

export function copySeed(seed: string, dataDir: string): void {
  execFileSync('cp', ['-a', seed, dataDir]);
}

export function removeTestFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function guardianPid(dataDir: string): number {
  return guardianClaim(dataDir).pid;
}

export function guardianSocket(dataDir: string): string {
  return guardianClaim(dataDir).socketPath;
}

function guardianClaim(dataDir: string): GuardianClaim {
  const claim = latestClaim(join(dataDir, 'guardian'));
  if (claim === undefined) throw new Error(`nobody has claimed ${dataDir}`);
  return claim;
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
