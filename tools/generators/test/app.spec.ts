import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { flushChanges, FsTree } from 'nx/src/generators/tree.js';
import { afterEach, beforeEach, expect, it } from 'vitest';
import generateApp from '../app/generator.mjs';

const WORKSPACE = join(import.meta.dirname, '../../..');
const COPIED = [
  'package.json',
  'tsconfig.base.json',
  'tsconfig.test.json',
  'vitest.base.ts',
  'vitest.seed.ts',
  '.prettierrc.json',
];
const SHARED = ['libs', 'node_modules'];

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'span-links-generator-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(WORKSPACE, 'node_modules/.bin', command), args, {
    cwd: join(folder, 'apps/parcel-desk'),
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${command} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

async function generate(options: { name: string; port?: number }): Promise<void> {
  const tree = new FsTree(WORKSPACE, false);
  await generateApp(tree, options);
  flushChanges(folder, tree.listChanges());
}

it('makes a service that is formatted, compiles, and passes its own test', async () => {
  await generate({ name: 'parcel-desk' });
  for (const name of COPIED) cpSync(join(WORKSPACE, name), join(folder, name));
  for (const name of SHARED) symlinkSync(join(WORKSPACE, name), join(folder, name));
  run('prettier', '--check', '.');
  run('tsc', '-p', 'tsconfig.build.json');
  run('tsc', '-p', 'tsconfig.json');
  expect(run('vitest', 'run')).toMatch(/Tests\s.*3 passed/);
});

it('refuses names that are no folder, and folders that are there', async () => {
  for (const name of ['../outside', 'Parcel', 'a--b', ''])
    await expect(generate({ name })).rejects.toThrow('is no name of a service');
  await expect(generate({ name: 'orders-api' })).rejects.toThrow('apps/orders-api is there already.');
});
