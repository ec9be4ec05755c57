import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { printed } from './printed.ts';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
let checkout: string;

const compile = () =>
  execFileSync(process.execPath, [join(workspace, 'apps/demo/compile.mjs'), checkout], { encoding: 'utf8' });

/** Copies the sources to a folder of their own, with links to the installed packages. */
async function checkOut(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'compile-spec-'));
  // As root, Postgres runs as another user, which needs to reach its data.
  await chmod(folder, 0o755);
  const isOutput = (path: string) => /[\\/](?:dist|node_modules|\.vite|\.nx|test|bench)$/.test(path);
  for (const group of ['libs', 'apps']) {
    await cp(join(workspace, group), join(folder, group), {
      recursive: true,
      filter: (path) => !isOutput(path),
    });
  }
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.base.json', 'tsconfig.test.json']) {
    await cp(join(workspace, name), join(folder, name));
  }
  const packages = join(folder, 'node_modules');
  await mkdir(join(packages, '@span-links'), { recursive: true });
  for (const name of await readdir(join(workspace, 'node_modules'))) {
    if (name !== '@span-links') await symlink(join(workspace, 'node_modules', name), join(packages, name));
  }
  for (const group of ['libs', 'apps']) {
    for (const name of await readdir(join(folder, group))) {
      await symlink(join(folder, group, name), join(packages, '@span-links', name));
      // npm puts a package here when two projects need different versions.
      const own = join(workspace, group, name, 'node_modules');
      if (existsSync(own)) await symlink(own, join(folder, group, name, 'node_modules'));
    }
  }
  return folder;
}

describe('the compiler of npm start', () => {
  beforeAll(async () => {
    checkout = await checkOut();
  });
  afterAll(() => rm(checkout, { recursive: true, force: true }));

  it('compiles a fresh checkout into apps that run', { timeout: 180_000 }, async () => {
    expect(compile()).toMatch(/Compiled \d+ files\.\nBuilding the page/);
    const demo = new AppUnderTest({
      main: new URL(`file://${join(checkout, 'apps/demo/dist/main.js').split(sep).join('/')}`),
      env: {
        EMBEDDED_POSTGRES_DIR: join(checkout, 'postgres'),
        ORDERS_API_PORT: '0',
        ORDERS_BATCH_PORT: '0',
        ORDERS_FULFILMENT_PORT: '0',
        EXPLORER_PORT: '0',
        EXPLORER_GRPC_PORT: '0',
        BATCH_CRON: '* * * * * *',
        TRAFFIC_ORDERS_PER_SECOND: '20',
      },
    });
    try {
      // Injection works, and the batch finds what the API stored.
      const [, explorer] = await printed(demo, /traces +see them at (http:\/\/127\.0\.0\.1:\d+)/);
      await printed(demo, /process-batch {2}size (\d+) {2}links \1/);
      const page = await fetch(explorer ?? '');
      expect(await page.text()).toContain('<div id="root">');
    } finally {
      await demo.stop('SIGINT');
    }
  });

  it('skips files that are up to date, and compiles the others', async () => {
    expect(compile()).toBe('');
    const source = join(checkout, 'apps/demo/src/main.ts');
    const later = new Date((await stat(source)).mtimeMs + 3_600_000);
    await utimes(source, later, later);
    expect(compile()).toBe('Compiled 1 files.\n');
  });

  it('names the file and the place of a syntax error', async () => {
    const broken = join(checkout, 'apps/demo/src/broken.ts');
    await writeFile(broken, 'export const = 1;\n');
    expect(compile).toThrow(/apps\/demo\/src\/broken\.ts: /);
    await rm(broken);
  });
});
