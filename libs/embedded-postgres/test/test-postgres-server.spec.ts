import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startPostgresServer, type TestPostgresServer } from '../src/testing.ts';
import { DIST } from './holder-process.ts';
import { allGone, eventually, newTestFolder, removeTestFolder, serverProcesses } from './test-folder.ts';

let folder: string;
let server: TestPostgresServer;

beforeAll(async () => {
  folder = newTestFolder();
  server = await startPostgresServer({ dataDir: folder, settings: { work_mem: '7MB' } });
});

afterAll(async () => {
  await server.destroy();
  removeTestFolder(folder);
});

function serverLog(): string {
  return readFileSync(join(folder, 'server.log'), 'utf8');
}

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

test('a test server trades safety for speed and accepts further settings', async () => {
  const [row] = await query(
    server.url(),
    "SELECT current_setting('fsync') AS fsync, current_setting('work_mem') AS work_mem, inet_server_port() AS port",
  );
  expect(row).toEqual({ fsync: 'off', work_mem: '7MB', port: server.port });
});

test('many clones of one template can be made at once, even with a short connection to it', async () => {
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

test('a database is dropped even with clients, and a second drop does no harm', async () => {
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

test('the caller’s data folder is kept, and the caller’s port is used', async () => {
  const dataDir = join(folder, 'another');
  const first = await startPostgresServer({ dataDir });
  await first.createDatabase('kept');
  await first.destroy();
  const second = await startPostgresServer({ dataDir, port: first.port });
  expect(second.url('kept')).toBe(first.url('kept'));
  expect(await query(second.url('kept'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await second.destroy();
  expect(existsSync(dataDir)).toBe(true);
});

test('a port that the caller asked for is refused if another program has it', async () => {
  await expect(startPostgresServer({ port: server.port })).rejects.toMatchObject({
    failure: 'start-failed',
    message: `Port ${server.port} on 127.0.0.1 is taken by another program.`,
  });
});

test('a server comes back to its port even if another program has it for a moment', async () => {
  await server.stop();
  const intruder = createServer().listen(server.port, '127.0.0.1');
  await once(intruder, 'listening');
  const back = server.start();
  await eventually(() => serverLog().includes('Address already in use'));
  intruder.close();
  await back;
  expect(await query(server.url(), 'SELECT inet_server_port() AS port')).toEqual([{ port: server.port }]);
});

test('server and folder do not outlive a killed process', async () => {
  const suite = fork(fileURLToPath(new URL('./test-suite.mjs', import.meta.url)), [DIST], { execArgv: [] });
  const [{ pid, dataDir }] = (await once(suite, 'message')) as [{ pid: number; dataDir: string }];
  expect(serverProcesses(dataDir).length).toBeGreaterThan(0);

  suite.kill('SIGKILL');
  await allGone(pid);
  await eventually(() => !existsSync(dirname(dataDir)));
});
