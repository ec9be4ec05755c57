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

it('creates the tables, lists the applied migrations, and has nothing to do the next time', async () => {
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

it('refuses a database that a newer version migrated, like the apps, and names both versions', async () => {
  const url = await server.createDatabase('ahead');
  expect((await migrate({ DATABASE_URL: url }).exit).code).toBe(0);
  const dataSource = await connectOrdersDatabase({ url, applicationName: 'test' });
  await dataSource.query(
    `INSERT INTO orders_migrations ("timestamp", name) VALUES (9000000000000, 'FromTheFuture9000000000000')`,
  );
  const mains = ['../dist/migrate.js', '../dist/main.js', '../../orders-batch/dist/main.js'];
  for (const main of mains) {
    const old = new AppUnderTest({ main: new URL(main, import.meta.url), env: { DATABASE_URL: url } });
    expect([main, (await old.exit).code]).toEqual([main, 1]);
    expect(old.output).toMatch(
      /schema version FromTheFuture9000000000000, and this program knows versions up to \w+\d{13};/,
    );
  }
  expect(await dataSource.query('SELECT count(*)::int AS runs FROM runs')).toEqual([{ runs: 0 }]);
  await dataSource.destroy();
});

it('applies each migration once if several run at the same time', async () => {
  const url = await server.createDatabase('crowded');
  const all = [1, 2, 3].map(() => migrate({ DATABASE_URL: url }));
  for (const one of all) expect((await one.exit).code).toBe(0);
  expect(all.filter(({ output }) => output.includes('database migrated'))).toHaveLength(1);
});

it('waits for a database that is starting, and fails if none starts', async () => {
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
