import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder where root keeps files for the server's user if that user cannot reach the checkout. It is not under
 * /var/tmp, because anyone may create a folder there first, and cleaners delete files that were not read for 30 days.
 */
export const SYSTEM_DIR = '/var/lib/span-links';

/** Makes the folder and a folder in it readable for everyone, under any umask. */
export async function ensureSystemDir(inner = ''): Promise<string> {
  const folder = join(SYSTEM_DIR, inner);
  await mkdir(folder, { recursive: true });
  await chmod(SYSTEM_DIR, 0o755);
  await chmod(folder, 0o755);
  return folder;
}
