import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgresServer, type TestPostgresServer } from '../src/testing.ts';
import { DIST } from './holder-process.ts';
import { allGone, eventually, newTestFolder, removeTestFolder, serverProcesses } from './test-folder.ts';

let server: TestPostgresServer;

beforeAll(async () => {
  server = await startPostgresServer({ settings: { work_mem: '7MB' } });
});

afterAll(() => server.destroy());

async function query<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a test server trades safety for speed and takes further settings', async () => {
  const [row] = await query(
    server.url(),
    "SELECT current_setting('fsync') AS fsync, current_setting('work_mem') AS work_mem, inet_server_port() AS port",
  );
  expect(row).toEqual({ fsync: 'off', work_mem: '7MB', port: server.port });
});

test('many clones of one template are made at once, whoever is connected to it for a moment', async () => {
  const template = await server.createDatabase('template_of_many');
  await query(template, 'CREATE TABLE migrated AS SELECT 42 AS answer');
  const busy = new pg.Client({ connectionString: template });
  await busy.connect();
  const clones = [1, 2, 3, 4].map(() => server.cloneDatabase('template_of_many'));
  const named = server.cloneDatabase('template_of_many', 'a "named" clone');
  await busy.query('SELECT 1');
  await busy.end();

  const urls = await Promise.all([...clones, named]);
  expect(new Set(urls).size).toBe(5);
  expect(urls[4]).toBe(server.url('a "named" clone'));
  for (const url of urls) expect(await query(url, 'SELECT answer FROM migrated')).toEqual([{ answer: 42 }]);
});

test('a template that does not exist is an error at once', async () => {
  await expect(server.cloneDatabase('no such template')).rejects.toMatchObject({ code: '3D000' });
});

test('a database is dropped under its clients, and dropping it again does no harm', async () => {
  const url = await server.createDatabase('dropped');
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  await server.dropDatabase('dropped');
  await server.dropDatabase('dropped');
  await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
  await client.end().catch(() => {});
});

test.each([
  ['stopped', (it: TestPostgresServer) => it.stop()],
  ['stopped at once', (it: TestPostgresServer) => it.stop('immediate')],
  ['killed', (it: TestPostgresServer) => it.kill()],
])('a server that was %s starts again with its port and its data', async (which, end) => {
  const url = await server.createDatabase(which);
  await query(url, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await end(server);
  await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });

  await server.start();
  expect(await query(url, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

test('a data folder of the caller’s is kept, and a port of the caller’s is used', async () => {
  const folder = newTestFolder();
  const dataDir = join(folder, 'postgres');
  const first = await startPostgresServer({ dataDir });
  await first.createDatabase('kept');
  await first.destroy();
  const second = await startPostgresServer({ dataDir, port: first.port });
  expect(second.url('kept')).toBe(first.url('kept'));
  expect(await query(second.url('kept'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await second.destroy();
  expect(existsSync(dataDir)).toBe(true);
  removeTestFolder(folder);
});

test('neither server nor folder outlives the process that is killed over them', async () => {
  const suite = fork(fileURLToPath(new URL('./test-suite.mjs', import.meta.url)), [DIST], { execArgv: [] });
  const [{ pid, dataDir }] = (await once(suite, 'message')) as [{ pid: number; dataDir: string }];
  expect(serverProcesses(dataDir).length).toBeGreaterThan(0);

  suite.kill('SIGKILL');
  await allGone(pid);
  await eventually(() => !existsSync(dirname(dataDir)));
});
