import { chmod, mkdir } from 'node:fs/promises';

/**
 * Where root keeps what the server's user must reach when the checkout is out of its reach. Not under /var/tmp: anybody
 * may create a folder there first, and cleaners delete what was not read for 30 days.
 */
export const SYSTEM_DIR = '/var/lib/span-links';

export async function ensureSystemDir(): Promise<string> {
  await mkdir(SYSTEM_DIR, { recursive: true });
  await chmod(SYSTEM_DIR, 0o755);
  return SYSTEM_DIR;
}
