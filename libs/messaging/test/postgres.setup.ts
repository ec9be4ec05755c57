import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { DataSource } from 'typeorm';
import type { TestProject } from 'vitest/node';
import { Messaging } from '../src/index.ts';
import { MessagingTables1764400000000 } from '../src/outbox/index.ts';

declare module 'vitest' {
  interface ProvidedContext {
    messagingServerUrl: string;
  }
}

export const TEMPLATE = 'messaging_template';

/** Starts one Postgres for the suite. Each test copies its template database, which has the tables of messaging and pg-boss. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgresServer();
  const url = await server.createDatabase(TEMPLATE);
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    migrations: [MessagingTables1764400000000],
    migrationsTableName: 'messaging_migrations',
  });
  await dataSource.initialize();
  await dataSource.runMigrations();
  // Without a unique key, a test notices an effect that happens twice.
  await dataSource.query('CREATE TABLE effects (consumer text, message_id text, body jsonb, attempt int)');
  const messaging = new Messaging({
    dataSource,
    transport: { name: 'pg-boss', url, schema: 'pgboss' },
    destinations: {},
    relay: false,
  });
  messaging.start();
  await messaging.connected();
  await messaging.stop();
  await dataSource.destroy();
  project.provide('messagingServerUrl', server.url());
  return () => server.destroy();
}
