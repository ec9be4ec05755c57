import { AppUnderTest } from '@span-links/service-shell/testing';

const dist = (file: string) => new URL(`../dist/${file}`, import.meta.url);

// Never ticks in a test.
const YEARLY = '0 0 1 1 *';

/** The service as a process. It makes a run only on request, unless `env` sets a clock. */
export function startService(env: Record<string, string>): AppUnderTest {
  return new AppUnderTest({
    main: dist('main.js'),
    instrumentation: dist('instrumentation.js'),
    env: { BATCH_CRON: YEARLY, OTEL_BSP_SCHEDULE_DELAY: '100', ...env },
  });
}

/** The run-once command as a process. */
export function startRunOnce(env: Record<string, string>): AppUnderTest {
  return new AppUnderTest({ main: dist('run-once.js'), instrumentation: dist('instrumentation.js'), env });
}
