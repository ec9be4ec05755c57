import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { holdDatabase } from '../src/index.ts';
import { isProcessAlive } from '../src/postmaster.ts';
import { HolderProcess } from './holder-process.ts';
import {
  allGone,
  copySeed,
  eventually,
  guardianPid,
  newSeed,
  newTestFolder,
  postmasterPid,
  removeTestFolder,
  serverProcesses,
} from './test-folder.ts';

let seed: string;
let folder: string;
let dataDir: string;

beforeAll(async () => {
  seed = await newSeed();
});

afterAll(() => removeTestFolder(dirname(seed)));

beforeEach(() => {
  folder = newTestFolder();
  dataDir = join(folder, 'postgres');
  copySeed(seed, dataDir);
});

afterEach(async () => {
  await HolderProcess.endAll();
  await eventually(() => serverProcesses(folder).length === 0);
  removeTestFolder(folder);
});

async function startHolder(options?: ConstructorParameters<typeof HolderProcess>[1]): Promise<HolderProcess> {
  const holder = new HolderProcess(dataDir, options);
  await holder.held();
  return holder;
}

test('the first hold sets up a PostgreSQL 18 with the requested database', async () => {
  rmSync(dataDir, { recursive: true });
  const held = await holdDatabase({ dataDir, database: 'its own "name"' });
  const client = new pg.Client({ connectionString: held.url });
  await client.connect();
  const { rows } = await client.query<{ name: string; value: string }>(
    `SELECT 'database' AS name, current_database()::text AS value
     UNION ALL SELECT 'version', current_setting('server_version_num')
     UNION ALL SELECT name, setting FROM pg_settings
       WHERE name IN ('TimeZone', 'server_encoding', 'fsync', 'synchronous_commit', 'listen_addresses',
                      'unix_socket_directories', 'password_encryption', 'max_connections')`,
  );
  await client.end();
  await held.release();

  const settings = Object.fromEntries(rows.map(({ name, value }) => [name, value]));
  expect(settings).toMatchObject({
    database: 'its own "name"',
    version: expect.stringMatching(/^18/) as string,
    TimeZone: 'UTC',
    server_encoding: 'UTF8',
    fsync: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    max_connections: '200',
  });
});

test('nobody can connect without the password, and only the owner can read it', async () => {
  const held = await holdDatabase({ dataDir });
  const wrong = new URL(held.url);
  wrong.password = 'wrong';
  const client = new pg.Client({ connectionString: wrong.href });

  await expect(client.connect()).rejects.toThrow('password authentication failed');
  expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
  expect(new URL(held.url).password).toBe(readFileSync(join(dataDir, 'password'), 'utf8'));
  await held.release();
});

test('the data is there at the next start, at the same port', async () => {
  const first = await startHolder();
  const url = await first.held();
  await first.query('CREATE TABLE kept AS SELECT 42 AS answer');
  await first.release();

  const second = await startHolder();
  expect(await second.held()).toBe(url);
  expect(await second.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await second.release();
});

test('the last release returns when PostgreSQL and its guardian no longer run', async () => {
  const holder = await startHolder();
  const pids = [guardianPid(dataDir), postmasterPid(dataDir)];
  expect(pids.map(isProcessAlive)).toEqual([true, true]);

  await holder.release();
  expect(pids.map(isProcessAlive)).toEqual([false, false]);
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a second release does nothing', async () => {
  const held = await holdDatabase({ dataDir });
  await Promise.all([held.release(), held.release()]);
  await held.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test.each([
  ['the first', 0],
  ['the second', 1],
])('when one of two holders leaves (%s), the other keeps the database', async (_which, leaver) => {
  const holders = [await startHolder(), await startHolder()];
  expect(await holders[0]!.held()).toBe(await holders[1]!.held());
  const pid = postmasterPid(dataDir);

  await holders[leaver]!.release();
  const remaining = holders[1 - leaver]!;
  expect(await remaining.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(postmasterPid(dataDir)).toBe(pid);

  await remaining.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('simultaneous cold starts end with one guardian and one server', async () => {
  rmSync(dataDir, { recursive: true });
  const holders = [1, 2, 3].map(() => new HolderProcess(dataDir));
  const urls = await Promise.all(holders.map((holder) => holder.held()));
  expect(new Set(urls).size).toBe(1);
  const running = serverProcesses(dataDir);
  expect(running.filter((line) => line.includes('span-links-postgres-guardian'))).toHaveLength(1);
  expect(running.filter((line) => line.includes('bin/postgres'))).toHaveLength(1);

  await Promise.all(holders.map((holder) => holder.release()));
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('holders that come while the last one leaves still find a database', async () => {
  const first = await holdDatabase({ dataDir });
  let leaving = first.release();
  for (let round = 0; round < 5; round += 1) {
    // The release is running: this hold meets the guardian before, during or after its stop.
    const [next, other] = await Promise.all([holdDatabase({ dataDir }), holdDatabase({ dataDir }), leaving]);
    const client = new pg.Client({ connectionString: next.url });
    await client.connect();
    await client.query('SELECT 1');
    await client.end();
    leaving = Promise.all([next.release(), other.release()]).then(() => {});
  }
  await leaving;
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a holder killed with SIGKILL counts as gone', async () => {
  const holder = await startHolder();
  const pids = [guardianPid(dataDir), postmasterPid(dataDir)];
  await holder.killHard();
  await allGone(...pids);
});

test('a hold does not keep its process running, and its exit is a release', async () => {
  const holder = await startHolder({ mode: 'exit' });
  expect(await holder.exited).toBe(0);
  await eventually(() => serverProcesses(dataDir).length === 0);
});

test('the guardian is no descendant of the holder and not in its process group', async () => {
  const holder = await startHolder();
  const field = (name: string, pid: number) =>
    Number(execFileSync('ps', ['-o', `${name}=`, '-p', String(pid)], { encoding: 'utf8' }));
  const guardian = guardianPid(dataDir);
  const ancestors: number[] = [];
  for (let pid = postmasterPid(dataDir); pid > 1; pid = field('ppid', pid)) ancestors.push(pid);

  expect(ancestors).toContain(guardian);
  expect(ancestors).not.toContain(holder.pid);
  expect(field('pgid', guardian)).not.toBe(field('pgid', holder.pid));
  await holder.release();
});

test('a data folder with a path longer than a socket path works', async () => {
  dataDir = join(folder, ...Array.from({ length: 6 }, (_, level) => `${level}`.padEnd(40, 'x')));
  const holder = await startHolder();
  expect(await holder.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await holder.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a hold that is aborted during the start leaves nothing behind', async () => {
  rmSync(dataDir, { recursive: true });
  const reason = new Error('changed my mind');
  const controller = new AbortController();
  const hold = holdDatabase({
    dataDir,
    signal: controller.signal,
    onProgress: () => controller.abort(reason),
  });
  await expect(hold).rejects.toBe(reason);
  expect(serverProcesses(dataDir)).toEqual([]);
});
