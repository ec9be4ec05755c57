import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/**
 * The default data folder of the embedded database: `.data/postgres` below the nearest folder at or above `from` that
 * contains an `nx.json`, so that every app of a workspace finds the same one; below `from` if there is none.
 */
export function defaultDataDir(from: string = process.cwd()): string {
  const start = resolve(from);
  let folder = start;
  while (!existsSync(join(folder, 'nx.json'))) {
    const parent = dirname(folder);
    if (parent === folder) return join(start, '.data', 'postgres');
    folder = parent;
  }
  return join(folder, '.data', 'postgres');
}
