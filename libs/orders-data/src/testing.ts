import { cloneDatabase, startPostgresServer } from '@span-links/embedded-postgres/testing';
import type { DataSource } from 'typeorm';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { connectOrdersDatabase, migrateOrdersDatabase } from './data-source.ts';

declare module 'vitest' {
  interface ProvidedContext {
    ordersTestServerUrl: string;
  }
}

const TEMPLATE = 'orders_template';

/**
 * Vitest's global set-up: one real Postgres for the suite of a project, with a migrated template database that each test
 * clones. Put a file with `export { startOrdersTestServer as default } from '@span-links/orders-data/testing'` in
 * `globalSetup`.
 */
export async function startOrdersTestServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  const url = await server.createDatabase(TEMPLATE);
  const template = await connectOrdersDatabase({ url, applicationName: 'template' });
  await migrateOrdersDatabase(template);
  await template.destroy();
  project.provide('ordersTestServerUrl', server.url());
  return () => server.destroy();
}

/** A migrated, empty database for one test. */
export interface TestDatabase {
  readonly url: string;
  readonly dataSource: DataSource;
  close(): Promise<void>;
}

/** @returns the URL of a new migrated, empty database. It is removed with the test server. */
export async function newTestDatabaseUrl(): Promise<string> {
  return cloneDatabase(inject('ordersTestServerUrl'), TEMPLATE);
}

export async function openTestDatabase(): Promise<TestDatabase> {
  const url = await newTestDatabaseUrl();
  const dataSource = await connectOrdersDatabase({ url, applicationName: 'test' });
  return { url, dataSource, close: () => dataSource.destroy() };
}
