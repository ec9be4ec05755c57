import { Logger, Module, type INestApplicationContext, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { trace } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tickingJob, type TickingJobSettings } from '../../src/nestjs/schedule/index.ts';
import { recordSpans, type RecordedSpans } from './recorded-spans.ts';

const EVERY_SECOND = '* * * * * *';
const NEVER_HERE = '0 0 29 2 *';
const CRON_TIME = Symbol('cron time from the configuration');

let spans: RecordedSpans;
let app: INestApplicationContext | undefined;
const logged: unknown[][] = [];
const logger: LoggerService = {
  log: () => undefined,
  warn: () => undefined,
  error: (...line: unknown[]) => void logged.push(line),
};

beforeAll(() => (spans = recordSpans()));
afterAll(() => spans.unregister());
beforeEach(() => spans.reset());
afterEach(async () => {
  await app?.close();
  app = undefined;
  logged.length = 0;
  Logger.overrideLogger(true);
});

type Job = Omit<TickingJobSettings, 'cronTime'> & { readonly cronTime?: string };

async function start(job: Job): Promise<SchedulerRegistry> {
  @Module({
    imports: [ScheduleModule.forRoot()],
    providers: [
      { provide: CRON_TIME, useValue: job.cronTime ?? EVERY_SECOND },
      tickingJob({
        name: 'sweep',
        inject: [CRON_TIME],
        useFactory: (cronTime: string) => ({ ...job, cronTime }),
      }),
    ],
  })
  class AppModule {}
  app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
  await app.init();
  return app.get(SchedulerRegistry);
}

/** Work that takes until it is told to end. */
function heldWork() {
  let release = (): void => undefined;
  let runs = 0;
  const held = new Promise<void>((resolve) => (release = resolve));
  return {
    work: async () => {
      runs++;
      await held;
    },
    release: () => release(),
    runs: () => runs,
  };
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a ticking job', () => {
  it('ticks by the clock, at the time that the configuration gives, and is seen in the registry', async () => {
    let ticks = 0;
    const registry = await start({ onTick: () => ticks++ });
    expect(registry.getCronJob('sweep').isActive).toBe(true);
    expect(registry.getCronJob('sweep').cronTime.source).toBe(EVERY_SECOND);
    await expect.poll(() => ticks, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
  });

  it('ticks outside of the span in which it was started, and makes no span itself', async () => {
    const active: unknown[] = [];
    await spans.tracer.startActiveSpan('bootstrap', async (bootstrap) => {
      await start({ onTick: () => active.push(trace.getActiveSpan()) });
      bootstrap.end();
    });
    await expect.poll(() => active.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    expect(new Set(active)).toEqual(new Set([undefined]));
    expect(spans.all().map(({ name }) => name)).toEqual(['bootstrap']);
  });

  it('runs a tick that a request asks for in its own trace', async () => {
    const registry = await start({
      cronTime: NEVER_HERE,
      onTick: () => spans.tracer.startActiveSpan('work', (work) => work.end()),
    });
    await spans.tracer.startActiveSpan('request', async (request) => {
      await registry.getCronJob('sweep').fireOnTick();
      request.end();
    });
    expect((await spans.ended('work')).parentSpanContext).toBeUndefined();
  });

  it('skips the ticks that come while one runs', async () => {
    const { work, release, runs } = heldWork();
    const registry = await start({ onTick: work });
    await expect.poll(runs, { timeout: 5_000 }).toBe(1);
    await Promise.all([registry.getCronJob('sweep').fireOnTick(), pause(1_100)]);
    expect(runs()).toBe(1);
    expect(registry.getCronJob('sweep').isCallbackRunning).toBe(true);
    release();
    await expect.poll(runs, { timeout: 5_000 }).toBe(2);
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('no database'))],
    [
      'throws',
      () => {
        throw new Error('no database');
      },
    ],
  ])('reports a tick that %s, and ticks again', async (_how, onTick) => {
    const errors: unknown[] = [];
    await start({ onTick, onError: (error) => errors.push(error) });
    await expect.poll(() => errors.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(2);
    expect(errors[0]).toEqual(new Error('no database'));
    expect(logged).toEqual([]);
  });

  it('logs the error of a tick without an error handler, or with one that fails', async () => {
    const onTick = () => Promise.reject(new Error('no database'));
    let registry = await start({ cronTime: NEVER_HERE, onTick });
    await registry.getCronJob('sweep').fireOnTick();
    expect(logged).toEqual([['A tick failed.', expect.stringContaining('no database') as string, 'sweep']]);
    await app?.close();
    const onError = () => {
      throw new Error('no pager');
    };
    registry = await start({ cronTime: NEVER_HERE, onTick, onError });
    await registry.getCronJob('sweep').fireOnTick();
    expect(logged[1]?.[1]).toContain('no pager');
  });
});

describe('the shutdown of a ticking job', () => {
  it('tells the running tick, waits for it, and starts no other', async () => {
    const { work, release, runs } = heldWork();
    let stopping: AbortSignal | undefined;
    const registry = await start({
      onTick: (signal) => {
        stopping = signal;
        return work();
      },
    });
    const job = registry.getCronJob('sweep');
    await expect.poll(runs, { timeout: 5_000 }).toBe(1);
    expect(stopping?.aborted).toBe(false);
    let closed = false;
    const closing = app?.close().then(() => (closed = true));
    await pause(1_100);
    expect([closed, stopping?.aborted, runs()]).toEqual([false, true, 1]);
    expect(registry.doesExist('cron', 'sweep')).toBe(false);
    release();
    await closing;
    await job.fireOnTick();
    job.start();
    await pause(1_100);
    await job.stop();
    expect(runs()).toBe(1);
  });

  it('comes before that of the dependencies of the tick', async () => {
    const events: string[] = [];
    class Database {
      onModuleDestroy(): void {
        events.push('database closed');
      }
    }
    const { work, release, runs } = heldWork();
    @Module({
      imports: [ScheduleModule.forRoot()],
      providers: [
        Database,
        tickingJob({
          name: 'sweep',
          inject: [Database],
          useFactory: (_database: Database) => ({
            cronTime: EVERY_SECOND,
            onTick: () => work().then(() => events.push('tick ended')),
          }),
        }),
      ],
    })
    class AppModule {}
    app = await NestFactory.createApplicationContext(AppModule, { logger, abortOnError: false });
    await app.init();
    await expect.poll(runs, { timeout: 5_000 }).toBe(1);
    const closing = app.close();
    await pause(20);
    release();
    await closing;
    expect(events).toEqual(['tick ended', 'database closed']);
  });

  it('works even if the job is no longer in the registry', async () => {
    const registry = await start({ onTick: () => undefined });
    registry.deleteCronJob('sweep');
    await expect(app?.close()).resolves.toBeUndefined();
    expect(logged).toEqual([]);
  });
});

describe('the start of a ticking job', () => {
  it.each([
    [{ cronTime: 'hourly' }, /^The job "sweep" cannot run at "hourly": .+\.$/],
    [{ cronTime: '' }, /^The job "sweep" cannot run at "": .+\.$/],
    [{ cronTime: '61 * * * *' }, /^The job "sweep" cannot run at "61 \* \* \* \*": .+\.$/],
    [
      { cronTime: EVERY_SECOND, timeZone: 'Mars/Olympus' },
      /^The job "sweep" cannot run at "\* \* \* \* \* \*" in the time zone "Mars\/Olympus": .+\.$/,
    ],
  ])('fails with one clear sentence for %j', async (settings, sentence) => {
    await expect(start({ ...settings, onTick: () => undefined })).rejects.toThrow(sentence);
  });
});
