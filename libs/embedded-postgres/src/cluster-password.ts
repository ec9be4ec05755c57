import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';

/**
 * The cluster's password, made before the cluster. A start that is killed in between leaves a password without a
 * cluster, which is harmless; the reverse would not be.
 */
export function clusterPassword(passwordFile: string, clusterExists: boolean): string {
  const known = read(passwordFile);
  if (known !== undefined) return known;
  if (clusterExists) {
    throw new EmbeddedPostgresError(
      'password-missing',
      `The password file ${passwordFile} is gone: put it back, or remove the data beside it to start empty.`,
    );
  }
  // Writes another file and then links it, so that a kill leaves no empty password file.
  const draft = `${passwordFile}.${process.pid}`;
  writeFileSync(draft, randomBytes(18).toString('hex'), { mode: 0o600 });
  try {
    linkSync(draft, passwordFile);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  return readFileSync(passwordFile, 'utf8');
}

function read(passwordFile: string): string | undefined {
  try {
    return readFileSync(passwordFile, 'utf8').trim();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
