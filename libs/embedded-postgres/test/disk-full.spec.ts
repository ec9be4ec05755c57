import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, type TestContext } from 'vitest';
import { freePort, isProcessAlive, processGone, rememberPort } from '../src/postmaster.ts';
import { HolderProcess } from './holder-process.ts';
import {
  copySeed,
  eventually,
  guardianPid,
  newSeed,
  newTestFolder,
  postmasterPid,
  removeTestFolder,
  serverProcesses,
} from './test-folder.ts';

// A separate file system, small enough to fill in a second.
const SIZE = '160m';
let seed: string;
let folder: string;
let disk: string;
let dataDir: string;
let ballast: string;
let isMounted = false;

beforeAll(async () => {
  seed = await newSeed();
});
afterAll(() => removeTestFolder(dirname(seed)));

beforeEach(() => {
  folder = newTestFolder();
  disk = join(folder, 'disk');
  dataDir = join(disk, 'postgres');
  ballast = join(disk, 'ballast');
});
afterEach(async () => {
  await HolderProcess.endAll();
  await eventually(() => serverProcesses(folder).length === 0);
  if (isMounted) execFileSync('umount', [disk]);
  isMounted = false;
  removeTestFolder(folder);
});

/** Only root may mount a file system, and not in every container. */
async function mountSmallDisk(context: TestContext): Promise<void> {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', disk], { stdio: 'pipe' });
    isMounted = true;
  } catch (error) {
    context.skip(`nothing was tested with a full disk: a tmpfs cannot be mounted here (${String(error)})`);
  }
  copySeed(seed, dataDir);
  // Avoid the preferred port, because another suite may take it while the server is down.
  rememberPort(join(dataDir, 'port'), await freePort(0));
}

/**
 * Writes until the server dies because its write-ahead log has no space. A full disk alone does not kill the server,
 * because it reuses its segments and can start again within them.
 *
 * @returns the number of committed transactions.
 */
async function writeUntilServerDies(holder: HolderProcess): Promise<number> {
  const before = postmasterPid(dataDir);
  await holder.query('CREATE TABLE kept (n int, padding text)');
  // The space that an administrator finally frees. The data takes all other space.
  writeFileSync(ballast, Buffer.alloc(40 * 1024 * 1024));
  let committed = 0;
  const insert = () =>
    holder.query(`INSERT INTO kept SELECT ${committed + 1}, repeat('x', 1000) FROM generate_series(1, 2000)`);
  while (isProcessAlive(before)) {
    await insert().then(
      () => (committed += 1),
      // A table that cannot grow fails the statement; a log that cannot grow stops the server.
      () => holder.query('SELECT pg_switch_wal()').catch(() => undefined),
    );
  }
  return committed;
}

const errorsOf = async (holder: HolderProcess) =>
  (await holder.progress()).filter((line) => line.startsWith('ERROR'));
const isAnswered = (holder: HolderProcess) => holder.query('SELECT 1').then(Boolean, () => false);
const batchesIn = async (holder: HolderProcess) => {
  const [row] = await holder.query<{ batches: number }>('SELECT count(DISTINCT n)::int AS batches FROM kept');
  return row?.batches;
};
const diskFull = () => new RegExp(`The disk is full: \\d+ MiB are free at ${disk}/`);

test('a server that died of a full disk starts again once there is space, without help, and the cause is reported as an error', async (context) => {
  await mountSmallDisk(context);
  const holder = new HolderProcess(dataDir);
  const url = await holder.held();
  const guardian = guardianPid(dataDir);

  const committed = await writeUntilServerDies(holder);
  await eventually(async () => (await errorsOf(holder)).length > 0);
  expect((await errorsOf(holder))[0]).toMatch(diskFull());
  expect(await isAnswered(holder)).toBe(false);

  rmSync(ballast);
  await eventually(() => isAnswered(holder));
  // The last one may have been committed without an answer.
  expect([committed, committed + 1]).toContain(await batchesIn(holder));
  expect(guardianPid(dataDir)).toBe(guardian);
  await eventually(async () => (await holder.progress()).at(-1) === 'PostgreSQL is up again.');
  const second = new HolderProcess(dataDir);
  expect(await second.held()).toBe(url);
  await second.release();
  await holder.release();
}, 180_000);

test('a guardian that is killed while the disk is full is replaced once there is space, and the holders wait for it', async (context) => {
  await mountSmallDisk(context);
  const holder = new HolderProcess(dataDir);
  await holder.held();
  const committed = await writeUntilServerDies(holder);
  await eventually(async () => (await errorsOf(holder)).length > 0);
  const guardian = guardianPid(dataDir);
  process.kill(guardian, 'SIGKILL');
  await processGone(guardian);
  await eventually(async () =>
    (await errorsOf(holder)).some((line) => line.includes('The embedded database is away')),
  );
  expect((await errorsOf(holder)).at(-1)).toMatch(diskFull());

  // A new app learns why it cannot start.
  await expect(new HolderProcess(dataDir).held()).rejects.toThrow(diskFull());

  rmSync(ballast);
  await eventually(() => isAnswered(holder));
  expect([committed, committed + 1]).toContain(await batchesIn(holder));
  expect((await holder.progress()).filter((line) => line.startsWith('LOST'))).toEqual([]);
  await holder.release();
}, 180_000);
