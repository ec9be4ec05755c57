import {
  Logger,
  type FactoryProvider,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { CronJob } from 'cron';

/** The work of a {@link tickingJob}, and its schedule. */
export interface TickingJobSettings {
  /** A cron expression with five fields, or six with seconds. */
  readonly cronTime: string;
  /** A time zone of the IANA database. The process's own by default. */
  readonly timeZone?: string;
  /**
   * The work of one tick. Runs outside of any trace, and without a span: the work makes its own once it knows that
   * there is something to do.
   *
   * @param stopping aborted when the application shuts down; the shutdown waits for the tick in any case.
   */
  readonly onTick: (stopping: AbortSignal) => unknown;
  /** Handles the error of a failed tick; the next tick runs in any case. Logs it by default. */
  readonly onError?: (error: unknown) => void;
}

/** The provider of a {@link tickingJob}. */
export interface TickingJobOptions {
  /** Its name in Nest's `SchedulerRegistry`. */
  readonly name: string;
  /** The dependencies of `useFactory`, as in any factory provider. */
  readonly inject?: NonNullable<FactoryProvider['inject']>;
  /** Makes the job from its dependencies, e.g. with a cron time from the configuration. */
  readonly useFactory: (...injected: never[]) => TickingJobSettings | Promise<TickingJobSettings>;
}

/**
 * A provider that runs a job on a schedule, from the application's start until its shutdown. Needs
 * `ScheduleModule.forRoot()`; the job is the `CronJob` of this name in the `SchedulerRegistry`, and its `fireOnTick()`
 * makes a tick that follows the same rules.
 *
 * It differs from a method with `@Cron`, or a bare `CronJob`:
 * - Each tick is detached from any context. A timer keeps the context in which it was started, so a job started inside
 *   a span would tick for ever as its child.
 * - A tick is skipped while another one runs.
 * - When the shutdown reaches its module, no other tick starts. The shutdown waits for the running one before it goes
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

/** Owns one cron job: only this class starts and stops it, and knows the running tick. */
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

  // The first of the hooks. Nest stops dependents before their dependencies, so everything that a tick needs is still
  // there.
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
