import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { installedPackages } from '../../src/doctor/installed-packages.ts';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'doctor-')));
});
afterEach(() => rm(root, { recursive: true }));

async function install(folder: string, version: string, apiRange?: string): Promise<void> {
  await mkdir(join(root, folder), { recursive: true });
  const peers = apiRange === undefined ? {} : { peerDependencies: { '@opentelemetry/api': apiRange } };
  await writeFile(join(root, folder, 'package.json'), JSON.stringify({ version, ...peers }));
}

const versions = (folder = 'app'): string[] =>
  installedPackages(join(root, folder)).map(({ version }) => version);

it('finds the nearest copy first, then those of the folders above and those nested in packages', async () => {
  await install('node_modules/@opentelemetry/api', '1.0.0');
  await install('app/node_modules/@opentelemetry/api', '1.9.0');
  await install('app/node_modules/@scope/lib/node_modules/@opentelemetry/api', '1.8.0');
  await install('app/node_modules/lib/node_modules/inner/node_modules/@opentelemetry/api', '1.7.0');
  expect(versions()[0]).toBe('1.9.0');
  expect(versions().sort()).toEqual(['1.0.0', '1.7.0', '1.8.0', '1.9.0']);
});

it('finds the packages in the store of pnpm, each copy once, for any path to it', async () => {
  const store = 'app/node_modules/.pnpm/otel-api@1.9.0/node_modules/@opentelemetry/api';
  await install(store, '1.9.0');
  await mkdir(join(root, 'app/node_modules/@opentelemetry'), { recursive: true });
  await symlink(join(root, store), join(root, 'app/node_modules/@opentelemetry/api'));
  await install('app/node_modules/.pnpm/otel-api@1.8.0/node_modules/@opentelemetry/api', '1.8.0');
  expect(versions()).toEqual(['1.9.0', '1.8.0']);
});

it('ends if links form a circle, and reads the requirements of the SDK', async () => {
  await install('app/node_modules/@opentelemetry/sdk-trace', '2.12.0', '>=1.3.0 <1.10.0');
  await symlink(join(root, 'app'), join(root, 'app/node_modules/app'));
  expect(installedPackages(join(root, 'app'))).toEqual([
    {
      name: '@opentelemetry/sdk-trace',
      version: '2.12.0',
      path: join(root, 'app/node_modules/@opentelemetry/sdk-trace'),
      apiRange: '>=1.3.0 <1.10.0',
    },
  ]);
});
