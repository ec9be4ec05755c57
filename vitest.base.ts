import { join } from 'node:path';
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
      setupFiles: [join(import.meta.dirname, 'vitest.seed.ts')],
      include: ['src/**/*.spec.ts', 'test/**/*.spec.ts'],
      testTimeout: 60_000,
      hookTimeout: 120_000,
      // Two cores: more workers only make the embedded databases compete.
      maxWorkers: 2,
      // Real browsers, brokers and kills race on a loaded machine. CI tries a failed test once more, and the report says so.
      retry: process.env.CI === 'true' ? 1 : 0,
      ...overrides,
    },
  });
}

/** The tests of the target `brokers`: they start Kafka, NATS, RabbitMQ and Redis, which `.ci/install-brokers` installs. */
export function brokerTests(name: string, overrides: NonNullable<UserConfig['test']> = {}): UserConfig {
  return projectTests(`${name} (brokers)`, {
    include: ['brokers/**/*.spec.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
    // A Kafka takes a core for seconds when it starts: one file at a time.
    fileParallelism: false,
    ...overrides,
  });
}
