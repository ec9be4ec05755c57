import {
  Logger,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { CronJob } from 'cron';

/** What a {@link tickingJob} does, and when. */
export interface TickingJobSettings {
  /** A cron expression, of five fields or, with seconds, six. */
  readonly cronTime: string;
  /** A time zone of the IANA database. The process's own by default. */
  readonly timeZone?: string;
  /**
   * The work of one tick. Runs outside of any trace, and without a span: the work makes its own, once it knows that there is
   * something to do.
   *
   * @param stopping aborted when the application shuts down; the shutdown waits for the tick either way.
   */
  readonly onTick: (stopping: AbortSignal) => unknown;
  /** What to do with the error of a tick that failed; the next one comes all the same. Logged by default. */
  readonly onError?: (error: unknown) => void;
}

/** How a {@link tickingJob} is provided. */
export interface TickingJobOptions {
  /** Its name in Nest's `SchedulerRegistry`. */
  readonly name: string;
  /** What `useFactory` needs, as in any factory provider. */
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  /** Makes the job of what was injected, e.g. with a cron time from the configuration. */
  readonly useFactory: (...injected: never[]) => TickingJobSettings | Promise<TickingJobSettings>;
}

/**
 * A provider that runs a job by the clock, from when the application is up until it shuts down. Needs
 * `ScheduleModule.forRoot()`; the job is the `CronJob` of this name in the `SchedulerRegistry`, and its `fireOnTick()`
 * makes a tick that obeys the same rules.
 *
 * Other than a method with `@Cron`, or a bare `CronJob`:
 * - Each tick is detached from any context. A timer keeps that in which it was started, so that a job started inside a span
 *   would tick for ever as its child.
 * - A tick that comes while another runs is skipped.
 * - When the shutdown comes to its module, no other tick starts, and the shutdown waits for the one that runs: before it goes
 *   on to the modules and providers that the job depends on.
 * - An error of a tick goes to `onError`.
 *
 * @throws Error while the application starts, if the cron time or time zone cannot be read.
 */
export function tickingJob({ name, inject = [], useFactory }: TickingJobOptions): FactoryProvider {
  return {
    provide: Symbol(`ticking job ${name}`),
    inject: [SchedulerRegistry, ...inject],
    useFactory: async (registry: SchedulerRegistry, ...injected: unknown[]) =>
      new TickingJob(name, await useFactory(...(injected as never[])), registry),
  };
}

/** Owns one cron job: it alone starts and stops it, and knows the tick that runs. */
class TickingJob implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly job: CronJob;
  private readonly logger: Logger;
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly name: string,
    private readonly settings: TickingJobSettings,
    private readonly registry: SchedulerRegistry,
  ) {
    this.logger = new Logger(name);
    this.job = cronJob(name, settings, () => this.tick());
  }

  onApplicationBootstrap(): void {
    this.registry.addCronJob(this.name, this.job);
    this.job.start();
  }

  // The first of the hooks, and the dependents come before their dependencies: what a tick needs is still there.
  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    if (this.registry.doesExist('cron', this.name)) this.registry.deleteCronJob(this.name);
    await this.running;
  }

  private tick(): Promise<void> {
    if (!this.stopping.signal.aborted) this.running = context.with(ROOT_CONTEXT, () => this.work());
    return this.running;
  }

  private async work(): Promise<void> {
    try {
      await this.settings.onTick(this.stopping.signal);
    } catch (error) {
      this.report(error);
    }
  }

  private report(error: unknown): void {
    const log = (thrown: unknown): void =>
      this.logger.error('A tick failed.', thrown instanceof Error ? thrown.stack : thrown);
    if (!this.settings.onError) return log(error);
    try {
      this.settings.onError(error);
    } catch (thrown) {
      log(thrown);
    }
  }
}

function cronJob(name: string, settings: TickingJobSettings, onTick: () => Promise<void>): CronJob {
  const { cronTime, timeZone = null } = settings;
  try {
    return CronJob.from({ name, cronTime, timeZone, onTick, waitForCompletion: true });
  } catch (error) {
    const zone = timeZone === null ? '' : ` in the time zone "${timeZone}"`;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`The job "${name}" cannot run at "${cronTime}"${zone}: ${why}.`, { cause: error });
  }
}
