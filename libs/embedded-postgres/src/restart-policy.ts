import { existsSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';

const MIB = 1024 * 1024;
/** Below this, a file system counts as full: PostgreSQL writes its log in segments of 16 MiB. */
const FULL_BELOW_BYTES = 16 * MIB;
const NO_SPACE = /No space left on device|Disk quota exceeded|ENOSPC|EDQUOT/;
/** Waiting does not help: the data or its owner is wrong. */
const HOPELESS =
  /is not a valid data directory|database files are incompatible|valid checkpoint record|has wrong ownership|invalid permissions|Permission denied|control file|configuration file .* contains errors/;

/** Pauses before the second, third, … attempt to start a server; the last one repeats. */
const PAUSES_MS = [500, 1_000, 2_000, 4_000, 8_000, 15_000];
/** How long an unknown failure counts as temporary. */
const UNKNOWN_FAILURE_LIMIT_MS = 5 * 60_000;
/** After more ends than this within a minute, the next start waits a little. */
const MAX_STARTS_PER_MINUTE = 5;

/** How long to wait after `failures` failed attempts in a row, in ms. */
export function retryPauseMs(failures: number): number {
  return PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
}

/**
 * How long a server that dies repeatedly must wait before its next start, in ms. `starts` are those of the last minute.
 */
export function pauseBetweenDeathsMs(starts: number): number {
  return retryPauseMs(Math.max(0, starts - MAX_STARTS_PER_MINUTE));
}

/** Explains to a person why a start failed. `output` is the server's output meanwhile; a full disk may have lost it. */
export function startFailure(output: string, clusterDir: string, logFile: string): EmbeddedPostgresError {
  if (!existsSync(join(clusterDir, 'PG_VERSION'))) {
    return new EmbeddedPostgresError(
      'data-dir',
      `The data in ${clusterDir} is gone; PostgreSQL cannot start.`,
    );
  }
  const isHopeless = HOPELESS.test(output);
  if (NO_SPACE.test(output) || (!isHopeless && isFull(clusterDir))) return diskFull(clusterDir);
  const line = output.split('\n').findLast((candidate) => /FATAL|PANIC|rror/.test(candidate));
  const reason = line?.replace(/^.*?(FATAL|PANIC): +/, '').trim() ?? 'it gave no reason';
  const failure = isHopeless ? 'data-unusable' : 'start-failed';
  return new EmbeddedPostgresError(failure, `PostgreSQL did not start: ${reason} (its log is ${logFile}).`);
}

/** Names the path and its free space. */
export function diskFull(path: string): EmbeddedPostgresError {
  return new EmbeddedPostgresError(
    'disk-full',
    `The disk is full: ${freeMiB(path)} MiB are free at ${path}, too few for PostgreSQL to run.`,
  );
}

export function isFull(path: string): boolean {
  const free = freeBytes(path);
  return free !== undefined && free < FULL_BELOW_BYTES;
}

/** Tells whether another attempt may succeed without a change of the data. */
export function mayPass(error: unknown, failingSinceMs: number): boolean {
  const failure = error instanceof EmbeddedPostgresError ? error.failure : 'guardian';
  if (failure === 'disk-full') return true;
  return ['start-failed', 'guardian'].includes(failure) && failingSinceMs < UNKNOWN_FAILURE_LIMIT_MS;
}

function freeMiB(path: string): number | string {
  const free = freeBytes(path);
  return free === undefined ? 'few' : Math.floor(free / MIB);
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}
