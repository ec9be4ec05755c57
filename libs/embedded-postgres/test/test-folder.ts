import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { holdDatabase } from '../src/index.ts';
import { latestClaim, type GuardianClaim } from '../src/guardian-claim.ts';
import { isProcessAlive, readLockFile } from '../src/postmaster.ts';

/** A folder for a database that the user of Postgres can reach. */
export function newTestFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'embedded-postgres-spec-'));
  chmodSync(folder, 0o755);
  return folder;
}

/** A data folder with an unused database in it, to copy: 0.1 s instead of the 0.5 s of initdb. */
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

/** Undefined while the server is between a death and its next start. */
export function postmasterPidIfAny(dataDir: string): number | undefined {
  return readLockFile(join(dataDir, 'cluster'))?.pid;
}

export function postmasterPid(dataDir: string): number {
  return readLockFile(join(dataDir, 'cluster'))!.pid;
}

/** Every process whose command line names the folder, except the holders. */
export function serverProcesses(dataDir: string): string[] {
  return execFileSync('ps', ['-eww', '-o', 'pid=,stat=,args='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.includes(dataDir) && !line.includes('holder.mjs'));
}

/** Waits for a process to do something by itself. The time limit of the suite applies. */
export async function eventually(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(20);
}

export async function allGone(...pids: number[]): Promise<void> {
  await eventually(() => pids.every((pid) => !isProcessAlive(pid)));
}
