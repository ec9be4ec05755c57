import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './embedded-postgres-error.ts';

/**
 * A guardian's claim on a data folder: a file named after its generation. The guardian is alive exactly as long as its
 * socket accepts, and the kernel knows that for certain. Process ids are reused. A shared socket path would have to be
 * unlinked when it is stale, and two simultaneous starters get that wrong. A claim is never reused and never taken away
 * from a living guardian. A process that finds the highest claim dead may try for the next, and the file system lets
 * one of them win.
 */
export interface GuardianClaim {
  generation: number;
  pid: number;
  socketPath: string;
}

/** The claim of the highest generation, alive or dead. */
export function latestClaim(claimDir: string): GuardianClaim | undefined {
  for (;;) {
    const generation = highestGeneration(claimDir);
    if (generation === 0) return undefined;
    try {
      return JSON.parse(readFileSync(claimFile(claimDir, generation), 'utf8')) as GuardianClaim;
    } catch (error) {
      // Unreadable after a power failure: as dead as its owner. Absent: the owner of a higher claim removed it, so look
      // again.
      if (error instanceof SyntaxError) return { generation, pid: 0, socketPath: '' };
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/** Tries to become the guardian of this generation. Returns the claims that it replaces, or undefined if it lost. */
export function tryToClaim(claimDir: string, claim: GuardianClaim): GuardianClaim[] | undefined {
  mkdirSync(claimDir, { recursive: true });
  const own = claimFile(claimDir, claim.generation);
  const draft = join(claimDir, `draft-${claim.pid}`);
  writeFileSync(draft, JSON.stringify(claim), { mode: 0o600 });
  try {
    // A link appears whole or not at all, and fails if the name is taken.
    linkSync(draft, own);
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return undefined;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  // A starter that slept since it looked may find its number free again. A higher claim then exists, because only the
  // owner of a higher one removes claims.
  if (isSuperseded(claimDir, claim.generation)) {
    rmSync(own, { force: true });
    return undefined;
  }
  return removeOlderClaims(claimDir, claim.generation);
}

export function isSuperseded(claimDir: string, generation: number): boolean {
  return highestGeneration(claimDir) > generation;
}

function removeOlderClaims(claimDir: string, generation: number): GuardianClaim[] {
  const replaced: GuardianClaim[] = [];
  for (const older of generations(claimDir).filter((candidate) => candidate < generation)) {
    const file = claimFile(claimDir, older);
    try {
      replaced.push(JSON.parse(readFileSync(file, 'utf8')) as GuardianClaim);
    } catch {
      // Unreadable: only the file itself needs a clean-up.
    }
    rmSync(file, { force: true });
  }
  return replaced;
}

function highestGeneration(claimDir: string): number {
  return Math.max(0, ...generations(claimDir));
}

function generations(claimDir: string): number[] {
  try {
    return readdirSync(claimDir).flatMap((name) => {
      const match = /^(\d+)\.json$/.exec(name);
      return match === null ? [] : [Number(match[1])];
    });
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function claimFile(claimDir: string, generation: number): string {
  return join(claimDir, `${generation}.json`);
}
