import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { connectOrdersDatabase } from '@span-links/orders-data';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';

let server: TestPostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server.destroy());

const migrate = (env: Record<string, string>) =>
  new AppUnderTest({ main: new URL('../dist/migrate.js', import.meta.url), env });

it('makes the tables, says which migrations it applied, and has nothing to do the next time', async () => {
  const url = await server.createDatabase('fresh');
  const first = migrate({ DATABASE_URL: url });
  expect(await first.exit).toEqual({ code: 0, signal: null });
  expect(first.output).toMatch(/database migrated: OrdersBatchesRuns\d+, /);
  const dataSource = await connectOrdersDatabase({ url, applicationName: 'test' });
  expect(await dataSource.query('SELECT count(*)::int AS orders FROM orders')).toEqual([{ orders: 0 }]);
  await dataSource.destroy();
  const second = migrate({ DATABASE_URL: url });
  expect(await second.exit).toEqual({ code: 0, signal: null });
  expect(second.output).toContain('the database is up to date');
});

it('applies each migration once where several run at the same time', async () => {
  const url = await server.createDatabase('crowded');
  const all = [1, 2, 3].map(() => migrate({ DATABASE_URL: url }));
  for (const one of all) expect((await one.exit).code).toBe(0);
  expect(all.filter(({ output }) => output.includes('database migrated'))).toHaveLength(1);
});

it('waits for a database that is starting, and fails where none comes up', async () => {
  const url = await server.createDatabase('late');
  await server.stop('fast');
  const patient = migrate({ DATABASE_URL: url });
  const hasty = migrate({ DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT_MS: '500' });
  expect((await hasty.exit).code).toBe(1);
  expect(hasty.output).toContain('did not answer within 500 ms');
  await sleep(500);
  await server.start();
  expect((await patient.exit).code).toBe(0);
});
