import { migrateTraceStore } from './migrate.ts';
import { endStorePools, newStorePools, waitForDatabase, type StoreConnectionOptions } from './store-pools.ts';

/**
 * Brings the tables of a trace store up to date and goes again: for a step before the deployment, whose job neither retention nor
 * statistics are.
 *
 * @returns the names of the migrations that were applied.
 * @throws StoreUnavailableError where the database has not come up in time; other errors (a wrong password, say) at once.
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
