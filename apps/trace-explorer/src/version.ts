import { createRequire } from 'node:module';

/**
 * The version of this package. The path is the same from `src`, from `dist`, and from the bundle of
 * the published package.
 */
export const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
