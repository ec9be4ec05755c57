import { join } from 'node:path';
import { formatFiles, generateFiles, names, readJson } from '@nx/devkit';

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
/** Packages of the new service; the versions are those of an app that has them already. */
const PACKAGES = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/swagger',
  '@nestjs/terminus',
  '@opentelemetry/api',
  '@span-links/service-shell',
  '@span-links/tracing',
  'reflect-metadata',
  'rxjs',
  'zod',
];
const PATTERN_APP = 'apps/orders-fulfilment/package.json';

/**
 * Writes a service under `apps/`. It does not install packages: all of them are in the workspace, and `npm install` adds the service
 * itself to the lock file.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, port?: number }} options
 */
export default async function generateApp(tree, { name, port = 3010 }) {
  if (!NAME.test(name))
    throw new Error(
      `${JSON.stringify(name)} is no name of a service: use lower case letters, digits and dashes.`,
    );
  const folder = `apps/${name}`;
  if (tree.exists(folder)) throw new Error(`${folder} is there already.`);
  const { dependencies } = readJson(tree, PATTERN_APP);
  const { className } = names(name);
  generateFiles(tree, join(import.meta.dirname, 'files'), folder, {
    name,
    port,
    className,
    dependencies: JSON.stringify(
      Object.fromEntries(PACKAGES.map((key) => [key, dependencies[key]])),
      null,
      2,
    ),
  });
  await formatFiles(tree);
  return () => {
    process.stdout.write(
      `\nNext:\n  npm install              adds ${name} to the lock file\n  npx nx serve ${name}\n  npx nx test ${name}\n`,
    );
  };
}
