import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { holdDatabase } from '../src/index.ts';
import { isProcessAlive, processGone } from '../src/process-life.ts';
import { runAs, serverUser } from '../src/server-user.ts';
import { HolderProcess } from './holder-process.ts';
import {
  allGone,
  copySeed,
  eventually,
  guardianPid,
  guardianSocket,
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

async function startHolder(): Promise<HolderProcess> {
  const holder = new HolderProcess(dataDir);
  await holder.held();
  return holder;
}

/** Waits until a holder's pool is answered. */
async function answered(holder: HolderProcess): Promise<void> {
  await eventually(() => holder.query('SELECT 1').then(Boolean, () => false));
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await processGone(pid);
}

test('holders outlive a killed guardian: the next one adopts the server, and their connections stay', async () => {
  const holders = [await startHolder(), await startHolder()];
  const backend = () => holders[0]!.query('SELECT pg_backend_pid() AS pid');
  const backendBefore = await backend();
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];

  await kill(guardian);
  await eventually(() => guardianPid(dataDir) !== guardian);
  expect(postmasterPid(dataDir)).toBe(postmaster);
  expect(await backend()).toEqual(backendBefore);

  await holders[0]!.release();
  await answered(holders[1]!);
  await holders[1]!.release();
  expect(isProcessAlive(postmaster)).toBe(false);
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a release right after the guardian was killed leaves nothing behind either', async () => {
  const holder = await startHolder();
  const postmaster = postmasterPid(dataDir);
  await kill(guardianPid(dataDir));
  await holder.release();
  await eventually(() => !isProcessAlive(postmaster));
});

test('a server left behind by a killed guardian and killed holders is taken over by the next holder', async () => {
  const holder = await startHolder();
  await holder.query('CREATE TABLE kept AS SELECT 42 AS answer');
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];
  process.kill(guardian, 'SIGKILL');
  await holder.killHard();
  await processGone(guardian);

  const next = await startHolder();
  expect(await next.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await next.release();
  expect(isProcessAlive(postmaster)).toBe(false);
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a left-over server that does not answer is replaced', async () => {
  const holder = await startHolder();
  await holder.query('CREATE TABLE kept AS SELECT 42 AS answer');
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];
  process.kill(guardian, 'SIGKILL');
  process.kill(postmaster, 'SIGSTOP');
  await holder.killHard();

  const next = await startHolder();
  expect(isProcessAlive(postmaster)).toBe(false);
  expect(await next.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  await next.release();
}, 60_000);

test('a killed server comes back at the same address, under the same guardian', async () => {
  const holder = await startHolder();
  await holder.query('CREATE TABLE kept AS SELECT 42 AS answer');
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];

  await kill(postmaster);
  await answered(holder);
  expect(await holder.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
  expect(guardianPid(dataDir)).toBe(guardian);
  expect(postmasterPid(dataDir)).not.toBe(postmaster);

  const second = await startHolder();
  expect(await second.held()).toBe(await holder.held());
  await second.release();
  await holder.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('an adopted server that is killed comes back too', async () => {
  const holder = await startHolder();
  const guardian = guardianPid(dataDir);
  await kill(guardian);
  await eventually(() => guardianPid(dataDir) !== guardian);
  // Only a hold that was answered proves that the adoption is over.
  const second = await startHolder();

  await kill(postmasterPid(dataDir));
  await answered(holder);
  await second.release();
  await holder.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a guardian killed in the middle of setting up leaves a start that works', async () => {
  rmSync(dataDir, { recursive: true });
  const holder = new HolderProcess(dataDir);
  await eventually(
    () => existsSync(dataDir) && readdirSync(dataDir).some((name) => name.includes('.draft-')),
  );
  await kill(guardianPid(dataDir));

  await holder.held();
  expect(await holder.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(readdirSync(dataDir).filter((name) => name.includes('.draft-'))).toEqual([]);
  await holder.release();
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  '%s to the guardian stops the server cleanly, for good',
  async (signal) => {
    const holder = await startHolder();
    const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];
    process.kill(guardian, signal);
    await allGone(guardian, postmaster);
    await eventually(async () =>
      (await holder.progress()).includes('The embedded database was stopped from outside.'),
    );
    expect(serverProcesses(dataDir)).toEqual([]);
    expect(readFileSync(join(dataDir, 'server.log'), 'utf8')).toContain('database system is shut down');

    const next = await startHolder();
    await next.release();
    await holder.release();
  },
);

test('a claim and a socket left by a dead guardian are in nobody’s way', async () => {
  const socketPath = join(folder, 'nobody-listens-here');
  writeFileSync(join(dataDir, 'guardian', '7.json'), JSON.stringify({ generation: 7, pid: 1, socketPath }));
  writeFileSync(join(dataDir, 'guardian', '8.json'), '{"generation": 8, "pi');
  const holder = await startHolder();
  expect(readdirSync(join(dataDir, 'guardian'))).toEqual(['9.json']);
  await holder.release();
});

test('a guardian whose socket a cleaner deleted hands its server and its holders over', async () => {
  const first = await startHolder();
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];
  rmSync(guardianSocket(dataDir));
  const second = await startHolder();
  await processGone(guardian);
  expect(postmasterPid(dataDir)).toBe(postmaster);

  await second.release();
  await answered(first);
  await first.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('a lock file whose process id now belongs to another program does not stop the start', async () => {
  // Of the server's own user, as after a restart of a desktop machine: Postgres alone would refuse.
  const stranger = spawn('sleep', ['600'], { ...runAs(await serverUser(join(dataDir, 'cluster'))) });
  const lines = [stranger.pid, join(dataDir, 'cluster'), 0, 54329, '', '127.0.0.1', '', 'ready'];
  writeFileSync(join(dataDir, 'cluster', 'postmaster.pid'), `${lines.join('\n')}\n`);
  try {
    const holder = await startHolder();
    expect(isProcessAlive(stranger.pid!)).toBe(true);
    await holder.release();
  } finally {
    stranger.kill();
  }
});

test('a taken port is replaced by a free one, which is then kept', async () => {
  const blocker = await listenOn(0);
  const port = (blocker.address() as { port: number }).port;
  writeFileSync(join(dataDir, 'port'), `${port}\n`);

  const held = await holdDatabase({ dataDir });
  expect(Number(new URL(held.url).port)).not.toBe(port);
  await held.release();
  await new Promise((resolve) => blocker.close(resolve));

  const again = await holdDatabase({ dataDir });
  expect(again.url).toBe(held.url);
  await again.release();
});

function listenOn(port: number): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
  });
}
