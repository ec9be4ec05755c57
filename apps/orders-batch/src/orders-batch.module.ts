import { Module, type DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { RunsRepository } from '@span-links/orders-data';
import { HealthModule } from '@span-links/service-shell';
import { tickingJob } from '@span-links/tracing/nestjs/schedule';
import { BatchRunner } from './batch.runner.ts';
import type { BatchWorker } from './batch-worker.ts';
import { RunsController } from './runs.controller.ts';

@Module({})
export class OrdersBatchModule {
  static around({ runs, runner }: Pick<BatchWorker, 'runs' | 'runner'>, cronTime: string): DynamicModule {
    const database = { name: 'database', check: () => runs.ping() };
    return {
      module: OrdersBatchModule,
      imports: [ScheduleModule.forRoot(), HealthModule.forRoot({ ready: [database] })],
      controllers: [RunsController],
      providers: [
        { provide: RunsRepository, useValue: runs },
        { provide: BatchRunner, useValue: runner },
        tickingJob({
          name: 'process-batch',
          useFactory: () => ({ cronTime, onTick: () => runner.runIfDue() }),
        }),
      ],
    };
  }
}
