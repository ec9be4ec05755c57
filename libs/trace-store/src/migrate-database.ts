import { migrateTraceStore } from './migrate.ts';
import { endStorePools, newStorePools, waitForDatabase, type StoreConnectionOptions } from './store-pools.ts';

/**
 * Brings the tables of a trace store up to date and closes the connection. Use it as a step before
 * the deployment that runs neither retention nor statistics.
 *
 * @returns the names of the migrations that were applied.
 * @throws StoreUnavailableError if the database does not answer in time. Other errors (a wrong
 * password, for example) are thrown at once.
 */
export async function migrateTraceDatabase(options: StoreConnectionOptions): Promise<string[]> {
  const pools = newStorePools(options);
  try {
    await waitForDatabase(pools.keepers, options);
    return await migrateTraceStore(pools.keepers, options.schema ?? 'trace_explorer');
  } finally {
    await endStorePools(pools);
  }
}
