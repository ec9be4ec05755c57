import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The folder of the built page: next to `dist` in the published package, in its own project in the
 * workspace. It may be missing.
 */
export function pageFolder(): string {
  const packaged = fileURLToPath(new URL('../page/', import.meta.url));
  if (existsSync(`${packaged}index.html`)) return packaged;
  return fileURLToPath(new URL('../../../trace-explorer-web/dist', import.meta.url));
}
