import { cloneDatabase, startPostgresServer } from '@span-links/embedded-postgres/testing';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { migrateTraceStore } from './migrate.ts';
import { endStorePools, newStorePools } from './store-pools.ts';
import { openTraceStore, type TraceStore, type TraceStoreOptions } from './open-trace-store.ts';

declare module 'vitest' {
  interface ProvidedContext {
    traceTestServerUrl: string;
  }
}

const TEMPLATE = 'traces_template';

/**
 * Vitest's global set-up: one real Postgres for a project's suite, with a migrated template
 * database that each test clones.
 * Name a file with `export { startTraceTestServer as default } from
 * '@span-links/trace-store/testing'` in `globalSetup`.
 */
export async function startTraceTestServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  const pools = newStorePools({ url: await server.createDatabase(TEMPLATE), applicationName: 'template' });
  await migrateTraceStore(pools.keepers, 'trace_explorer');
  await endStorePools(pools);
  project.provide('traceTestServerUrl', server.url());
  return () => server.destroy();
}

/** @returns the URL of a new migrated, empty database. The test server deletes it. */
export async function newTestDatabaseUrl(): Promise<string> {
  return cloneDatabase(inject('traceTestServerUrl'), TEMPLATE);
}

/** Opens a store in a migrated, empty database for one test. */
export async function openTestStore(options: Omit<TraceStoreOptions, 'url'> = {}): Promise<TraceStore> {
  return openTraceStore({ applicationName: 'test', ...options, url: await newTestDatabaseUrl() });
}
