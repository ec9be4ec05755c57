/**
 * Settings of the database that people work with: all promises of PostgreSQL are kept (fsync and synchronous_commit
 * stay on). They are given on the command line, so that they follow this file and are not frozen in a configuration
 * that is written once.
 */
export const HELD_SETTINGS: Readonly<Record<string, string>> = {
  max_connections: '200',
  shared_buffers: '128MB',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Compiling queries costs more than the short queries of such a database.
  jit: 'off',
};

/**
 * Settings for tests: the data is worthless after a crash of the machine, but no commit is lost when the server is
 * killed. That needs synchronous_commit, which costs almost nothing without fsync; without it a killed server lost the
 * last table (November 2026).
 */
export const TEST_SETTINGS: Readonly<Record<string, string>> = {
  ...HELD_SETTINGS,
  shared_buffers: '64MB',
  fsync: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
};

/** The arguments of every server: only reachable over 127.0.0.1, with no socket in a shared folder. */
export function serverArguments(
  clusterDir: string,
  port: number,
  settings: Readonly<Record<string, string>>,
): string[] {
  const fixed = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '' };
  return [
    '-D',
    clusterDir,
    ...Object.entries({ ...settings, ...fixed }).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
}
