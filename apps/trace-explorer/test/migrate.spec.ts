import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';

let server: TestPostgresServer;
beforeAll(async () => {
  server = await startPostgresServer();
});
afterAll(() => server.destroy());

const migrate = (env: Record<string, string>) =>
  new AppUnderTest({ main: new URL('../dist/migrate.js', import.meta.url), env });

it('makes the tables, prints the applied migrations, and has nothing to do the next time', async () => {
  const url = await server.createDatabase('fresh');
  const first = migrate({ EXPLORER_DATABASE_URL: url });
  expect(await first.exit).toEqual({ code: 0, signal: null });
  expect(first.output).toMatch(/trace store migrated: 0001-traces\.sql/);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query('SELECT count(*)::int AS spans FROM trace_explorer.spans');
  expect(rows).toEqual([{ spans: 0 }]);
  await client.end();
  const second = migrate({ EXPLORER_DATABASE_URL: url });
  expect(await second.exit).toEqual({ code: 0, signal: null });
  expect(second.output).toContain('the trace store is up to date');
});

it('refuses a schema that a newer version migrated, like the explorer, and names both versions', async () => {
  const url = await server.createDatabase('ahead');
  expect((await migrate({ EXPLORER_DATABASE_URL: url }).exit).code).toBe(0);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query("INSERT INTO trace_explorer.migrations (name) VALUES ('9999-from-the-future.sql')");
  await client.end();
  for (const main of ['../dist/migrate.js', '../dist/main.js']) {
    const env = { EXPLORER_DATABASE_URL: url, EXPLORER_PORT: '0' };
    const old = new AppUnderTest({ main: new URL(main, import.meta.url), env });
    expect([main, (await old.exit).code]).toEqual([main, 1]);
    expect(old.output).toMatch(
      /schema version 9999-from-the-future\.sql, and this program knows versions up to \d{4}-/,
    );
  }
});

it('waits for a database that is starting, and fails if none comes up', async () => {
  const url = await server.createDatabase('late');
  await server.stop('fast');
  const patient = migrate({ EXPLORER_DATABASE_URL: url });
  const hasty = migrate({ EXPLORER_DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT_MS: '500' });
  expect((await hasty.exit).code).toBe(1);
  expect(hasty.output).toContain('did not answer within 500 ms');
  await sleep(500);
  await server.start();
  expect((await patient.exit).code).toBe(0);
});
