import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { holdDatabase } from '@span-links/embedded-postgres';

/** A folder for one test file, that Postgres can read when the tests run as root. */
export async function testFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'workshop-spec-'));
  await chmod(folder, 0o755);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A database for one test file. */
export async function testDatabase(folder: string) {
  return holdDatabase({ dataDir: join(folder, 'postgres'), database: 'workshop' });
}
