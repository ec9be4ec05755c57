import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of the library. */
export const LIBRARY = join(import.meta.dirname, '..');

const { exports } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'));

/** The entry points that have types: `name` as in an import, `file` for a file's name, `types` as a path. */
export const ENTRY_POINTS = Object.entries(exports).flatMap(([door, target]) => {
  const types = target.import?.types ?? target.types;
  if (types === undefined) return [];
  const name = door === '.' ? 'index' : door.slice(2);
  return [{ name, file: name.replaceAll('/', '-'), types: join(LIBRARY, types) }];
});
