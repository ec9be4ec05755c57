import { setTimeout as sleep } from 'node:timers/promises';
import { SchedulerRegistry } from '@nestjs/schedule';
import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BatchRunner } from '../src/batch.runner.ts';
import { BatchSchedule } from '../src/batch.schedule.ts';

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

// What a tick does is tested with real processes; here it is when it comes, and in which context.
function scheduleOf(onTick: () => Promise<void>) {
  const runner = { runIfDue: onTick, stop: async () => undefined } as unknown as BatchRunner;
  return new BatchSchedule(new SchedulerRegistry(), runner, '* * * * * *');
}

describe('BatchSchedule', () => {
  it('ticks outside of the span in which the application was started', async () => {
    const seen: unknown[] = [];
    const schedule = scheduleOf(async () => void seen.push(trace.getSpanContext(context.active())));
    const bootstrap = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
    context.with(trace.setSpanContext(ROOT_CONTEXT, bootstrap), () => schedule.onApplicationBootstrap());
    await sleep(1_100);
    await schedule.beforeApplicationShutdown();
    expect(seen.length).toBeGreaterThan(0);
    expect(seen.every((spanContext) => spanContext === undefined)).toBe(true);
  });

  it('skips the ticks that come while one is under way', async () => {
    let running = 0;
    let most = 0;
    const schedule = scheduleOf(async () => {
      most = Math.max(most, ++running);
      await sleep(2_500);
      running--;
    });
    schedule.onApplicationBootstrap();
    await sleep(3_200);
    await schedule.beforeApplicationShutdown();
    expect(most).toBe(1);
  });
});
