import { readFileSync } from 'node:fs';

/**
 * Reads a statement of the `sql` folder, which is beside both `src` and `dist`. Removes the comments, because the first word
 * of the text names the span of the query.
 */
export function readSql(name: string): string {
  const text = readFileSync(new URL(`../sql/${name}.sql`, import.meta.url), 'utf8');
  return text.replace(/^\s*--.*\n/gm, '').trim();
}
