import { readFileSync } from 'node:fs';
import { minVersion, satisfies } from 'semver';
import { expect, it } from 'vitest';

interface Installed {
  readonly version?: string;
  readonly optional?: boolean;
  readonly engines?: { readonly node?: string };
}

function read<T>(file: string): T {
  return JSON.parse(readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')) as T;
}

const { engines } = read<{ engines: { node: string } }>('package.json');

it.each(['package-lock.json', 'docs/site/package-lock.json'])(
  'npm ci of %s warns about no package on the oldest Node.js that we support',
  (file) => {
    const { packages } = read<{ packages: Record<string, Installed> }>(file);
    const oldest = minVersion(engines.node)!.version;
    const refusing = Object.entries(packages)
      .filter(([, { optional, engines: wanted }]) => !optional && !satisfies(oldest, wanted?.node ?? '*'))
      .map(([place, { version, engines: wanted }]) => `${place} ${version} wants Node.js ${wanted?.node}`);
    expect(
      refusing,
      `Use versions that support Node.js ${oldest}. For pg-boss, run its tests on that version and delete its "engines" in package-lock.json.`,
    ).toEqual([]);
  },
);
