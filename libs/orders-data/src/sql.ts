import { readFileSync } from 'node:fs';

/** Reads a statement of the `sql` folder, which lies beside both `src` and `dist`. */
export function readSql(name: string): string {
  return readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
}
