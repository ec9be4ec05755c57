import { linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './embedded-postgres-error.ts';

/**
 * A guardian's claim on a data folder: a file named after its generation. The guardian is alive exactly as long as its socket
 * accepts, which the kernel knows for certain; process ids are reused, and a socket path that all share would have to be
 * unlinked when stale, which two starters at once get wrong. A claim is never reused and never taken away from the living:
 * whoever finds the highest one dead may try for the next, and the file system lets one of them win.
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
      // Unreadable after a power cut: as dead as its owner. Absent: a higher one's owner removed it, so look again.
      if (error instanceof SyntaxError) return { generation, pid: 0, socketPath: '' };
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
}

/** Tries to become the guardian of this generation; returns the claims that it replaces, or undefined when it lost. */
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
  // A starter that slept since it looked may find its number free again: then a higher one exists, since only a higher
  // one's owner removes claims.
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
      // Unreadable: nothing to clean up after it but the file itself.
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
