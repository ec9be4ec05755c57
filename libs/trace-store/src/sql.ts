import { readFileSync } from 'node:fs';

/** Reads a statement of the `sql` folder, which lies beside both `src` and `dist`. Comments stay behind: they are for us. */
export function readSql(name: string): string {
  const text = readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replace(/^\s*--.*\n/gm, '').trim();
}
