import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { CronJob } from 'cron';
import type { BatchRunner } from './batch.runner.ts';

/** Runs the batch by the clock. Owns the cron job; the run itself is the runner's. */
@Injectable()
export class BatchSchedule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly registry: SchedulerRegistry,
    private readonly runner: BatchRunner,
    private readonly cronTime: string,
  ) {}

  onApplicationBootstrap(): void {
    // A job keeps the context in which it is made: made inside a span, every tick of it would be that span's child for ever.
    context.with(ROOT_CONTEXT, () => {
      const job = CronJob.from({
        cronTime: this.cronTime,
        onTick: () => this.runner.runIfDue(),
        // A tick during a run is skipped, not queued: the run gets to everything that is due.
        waitForCompletion: true,
      });
      this.registry.addCronJob('process-batch', job);
      job.start();
    });
  }

  // Nest closes the application without waiting for a job that is running.
  async beforeApplicationShutdown(): Promise<void> {
    this.registry.deleteCronJob('process-batch');
    await this.runner.stop();
  }
}
