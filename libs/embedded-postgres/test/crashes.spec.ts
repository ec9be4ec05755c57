import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { holdDatabase } from '../src/index.ts';
import { freePort, isProcessAlive, processGone, rememberPort } from '../src/postmaster.ts';
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
  postmasterPidIfAny,
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

beforeEach(async () => {
  folder = newTestFolder();
  dataDir = join(folder, 'postgres');
  copySeed(seed, dataDir);
  // Avoid the preferred port, because another suite may take it while the server is down.
  rememberPort(join(dataDir, 'port'), await freePort(0));
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

/** Waits until a holder's pool gets an answer. */
async function answered(holder: HolderProcess): Promise<void> {
  await eventually(() => holder.query('SELECT 1').then(Boolean, () => false));
}

async function kill(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL');
  await processGone(pid);
}

test('holders survive a killed guardian: the next one adopts the server, and their connections stay', async () => {
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

test('a release right after the guardian was killed also leaves nothing behind', async () => {
  const holder = await startHolder();
  const postmaster = postmasterPid(dataDir);
  await kill(guardianPid(dataDir));
  await holder.release();
  await eventually(() => !isProcessAlive(postmaster));
});

test('the next holder takes over a server of a killed guardian and killed holders', async () => {
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

test('a server that is killed repeatedly comes back each time, after growing pauses, and the log says so', async () => {
  const holder = await startHolder();
  const guardian = guardianPid(dataDir);
  for (let deaths = 1; deaths <= 8; deaths += 1) {
    const postmaster = postmasterPid(dataDir);
    await kill(postmaster);
    // A backend that has not noticed yet would also answer.
    await eventually(() => {
      const next = postmasterPidIfAny(dataDir);
      return next !== undefined && next !== postmaster && !isProcessAlive(postmaster);
    });
    await answered(holder);
  }
  await eventually(async () => (await holder.progress()).at(-1) === 'PostgreSQL is up again.');
  expect(guardianPid(dataDir)).toBe(guardian);
  const lines = await holder.progress();
  expect(lines.filter((line) => line.startsWith('ERROR'))).toEqual([
    expect.stringMatching(
      /^ERROR PostgreSQL died 6 times within a minute and starts again in 0.5 s; its log is /,
    ),
    expect.stringMatching(/^ERROR PostgreSQL died 7 times .* 1 s/),
    expect.stringMatching(/^ERROR PostgreSQL died 8 times .* 2 s/),
  ]);
  expect(lines.filter((line) => line === 'PostgreSQL is up again.')).toHaveLength(3);
  await holder.release();
  expect(serverProcesses(dataDir)).toEqual([]);
}, 120_000);

test('a server without its data is given up: the holders learn that it will not come back', async () => {
  const holder = await startHolder();
  const [guardian, postmaster] = [guardianPid(dataDir), postmasterPid(dataDir)];
  rmSync(join(dataDir, 'cluster'), { recursive: true });
  // It would notice by itself within a minute.
  process.kill(postmaster, 'SIGKILL');
  await eventually(async () => (await holder.progress()).some((line) => line.startsWith('LOST')));
  expect((await holder.progress()).at(-1)).toBe(
    `LOST data-dir The data in ${join(dataDir, 'cluster')} is gone; PostgreSQL cannot start.`,
  );
  await allGone(guardian, postmaster);
  await holder.killHard();
});

test('an adopted server that is killed comes back too', async () => {
  const holder = await startHolder();
  const guardian = guardianPid(dataDir);
  await kill(guardian);
  await eventually(() => guardianPid(dataDir) !== guardian);
  // The adoption is over only when a hold is answered.
  const second = await startHolder();

  await kill(postmasterPid(dataDir));
  await answered(holder);
  await second.release();
  await holder.release();
  expect(serverProcesses(dataDir)).toEqual([]);
});

test('after a guardian was killed during the set-up, the next start works', async () => {
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
      (await holder.progress()).includes('LOST stopped The embedded database was stopped from outside.'),
    );
    expect(serverProcesses(dataDir)).toEqual([]);
    expect(readFileSync(join(dataDir, 'server.log'), 'utf8')).toContain('database system is shut down');

    const next = await startHolder();
    await next.release();
    await holder.release();
  },
);

test('the claim and the socket of a dead guardian do no harm', async () => {
  const socketPath = join(folder, 'nobody-listens-here');
  writeFileSync(join(dataDir, 'guardian', '7.json'), JSON.stringify({ generation: 7, pid: 1, socketPath }));
  writeFileSync(join(dataDir, 'guardian', '8.json'), '{"generation": 8, "pi');
  const holder = await startHolder();
  expect(readdirSync(join(dataDir, 'guardian'))).toEqual(['9.json']);
  await holder.release();
});

test('a guardian whose socket a cleaner deleted hands over its server and its holders', async () => {
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

test('a lock file whose process id now belongs to another program does not prevent the start', async () => {
  // A process of the server's own user, as after a restart of a desktop machine. Postgres alone would refuse to start.
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
