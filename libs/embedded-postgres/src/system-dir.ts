import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where root keeps what the server's user must reach when the checkout is out of its reach. Not under /var/tmp: anybody
 * may create a folder there first, and cleaners delete what was not read for 30 days.
 */
export const SYSTEM_DIR = '/var/lib/span-links';

/** Makes the folder, and one in it, for all to enter whatever the umask. */
export async function ensureSystemDir(inner = ''): Promise<string> {
  const folder = join(SYSTEM_DIR, inner);
  await mkdir(folder, { recursive: true });
  await chmod(SYSTEM_DIR, 0o755);
  await chmod(folder, 0o755);
  return folder;
}
