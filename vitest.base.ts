import type { UserConfig } from 'vite';
import { defineConfig } from 'vitest/config';

/**
 * What every project's tests share. The custom condition makes a test read a library's `src`, so that a change is
 * tested without a build; processes that a test starts run `dist`, hence `test` depends on `build`.
 */
export function projectTests(name: string, overrides: NonNullable<UserConfig['test']> = {}): UserConfig {
  return defineConfig({
    resolve: { conditions: ['span-links-source'] },
    ssr: { resolve: { conditions: ['span-links-source'], externalConditions: [] } },
    test: {
      name,
      environment: 'node',
      include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      // Two cores: more workers only make the embedded databases compete.
      maxWorkers: 2,
      ...overrides,
    },
  });
}
