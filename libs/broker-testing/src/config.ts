import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder that `.ci/install-brokers` fills: `kafka-<version>/*.jar` and `bin/nats-server`. */
export function brokersFolder(): string {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['SPAN_LINKS_BROKERS'] ?? join(cache, 'span-links', 'brokers');
}

/** True if a missing broker must fail its tests instead of skipping them, as in CI. */
export function brokersAreRequired(): boolean {
  return process.env['BROKERS_REQUIRED'] === 'true';
}

/** The folders to search for commands. Debian keeps servers in `sbin`, which is not on every user's path. */
export function commandFolders(): string[] {
  return [...(process.env['PATH'] ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin'];
}
