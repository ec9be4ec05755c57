import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the workspace. */
export const workspace = fileURLToPath(new URL('../../..', import.meta.url));

/** Nx itself. `npx` would stand between the test and Nx, and would not pass signals on. */
export const nxFile = join(
  dirname(createRequire(import.meta.url).resolve('nx/package.json')),
  'dist/bin/nx.js',
);

/** The environment of an Nx run that does not inherit the settings of the Nx run that the tests are part of. */
export function nxEnv(added: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^NX_/.test(name));
  return { ...Object.fromEntries(own), NX_DAEMON: 'false', NX_TUI: 'false', ...added };
}
