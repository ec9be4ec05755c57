import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadingFacts, Patched } from './facts.ts';

/** Packages whose functions an instrumentation patches, and that a queue, a batch or a request uses. */
export const PATCHABLE = [
  'express',
  'koa',
  '@hapi/hapi',
  'pg',
  'mysql2',
  'mongodb',
  'mongoose',
  'ioredis',
  'redis',
  'kafkajs',
  'amqplib',
] as const;

const OFFICIAL_NEST = '@opentelemetry/instrumentation-nestjs-core';

/** namespace, default export, class, prototype, method. */
const SEARCH_DEPTH = 4;
const MAX_VISITED = 5_000;

export interface Project {
  readonly directory: string;
  readonly moduleType: 'module' | 'commonjs';
  /** Whether the probe may load packages that are not loaded yet. It may not inside a running application. */
  readonly mayLoad: boolean;
}

export async function observeLoading(
  project: Project,
  loadedAtRegistration: readonly string[] | undefined,
): Promise<LoadingFacts> {
  const before = new Set((loadedAtRegistration ?? []).flatMap((file) => packageOf(file) ?? []));
  const patched: Record<string, Patched> = {};
  const require = createRequire(join(project.directory, 'package.json'));
  for (const name of PATCHABLE) {
    const exported = await load(project, name);
    if (exported !== undefined) {
      patched[name] = await whetherPatched(project, exported, () =>
        load({ ...project, moduleType: 'commonjs' }, name),
      );
    }
  }
  return {
    officialNest: Object.keys(require.cache).some((file) => packageOf(file) === OFFICIAL_NEST),
    beforeRegistration: PATCHABLE.filter((name) => before.has(name)),
    patched,
    http: await whetherPatched(project, await import('node:http'), () => require('http')),
  };
}

/** The package as the project's own code would load it; undefined if it cannot or may not be loaded. */
export async function load({ directory, moduleType, mayLoad }: Project, name: string): Promise<unknown> {
  const require = createRequire(join(directory, 'package.json'));
  try {
    const file = require.resolve(name);
    if (!mayLoad) return require.cache[file]?.exports as unknown;
    if (moduleType === 'commonjs') return require(name) as unknown;
    return (await import(pathToFileURL(file).href)) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The order matters: without a hook for `import`, an instrumentation starts at a `require`. For the same reason,
 * nothing is required while an application runs: the look would fix the problem that it should find.
 */
async function whetherPatched(
  project: Project,
  exported: unknown,
  required: () => unknown,
): Promise<Patched> {
  if (isPatched(exported)) return 'yes';
  return project.mayLoad && isPatched(await required()) ? 'when required' : 'no';
}

/** OpenTelemetry's instrumentations mark a function that they have replaced with `__wrapped`. */
function isPatched(exported: unknown): boolean {
  const seen = new Set<unknown>();
  const search = (value: unknown, depth: number): boolean => {
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false;
    if (seen.has(value) || seen.size > MAX_VISITED) return false;
    seen.add(value);
    if ((value as { __wrapped?: unknown }).__wrapped === true) return true;
    if (depth === SEARCH_DEPTH) return false;
    return ownValues(value).some((inner) => search(inner, depth + 1));
  };
  return search(exported, 0);
}

/** Calls no getters: some load another package, or warn. */
function ownValues(value: object): unknown[] {
  try {
    return Object.values(Object.getOwnPropertyDescriptors(value)).map(
      (descriptor): unknown => descriptor.value,
    );
  } catch {
    return [];
  }
}

function packageOf(file: string): string | undefined {
  return /.*[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replace('\\', '/');
}
