import 'reflect-metadata';
import { createRequire } from 'node:module';
import { runService, traceResponse } from '@span-links/service-shell';
import { captureTraceContext } from '@span-links/tracing';
import { stopTracing } from '@span-links/tracing/sdk';
import { batchProblem } from './batch-problems.ts';
import { openBatchWorker, type BatchWorker } from './batch-worker.ts';
import { config, configHelp } from './config.ts';
import { OrdersBatchModule } from './orders-batch.module.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
let worker: BatchWorker | undefined;

await runService({
  name: 'orders-batch',
  version,
  config,
  configHelp,
  openApi: {
    title: 'orders-batch',
    description: 'Reconciles pending orders in batches that link to their sources.',
  },
  createModule: async (settings, log, fail) => {
    worker = await openBatchWorker(settings, log, fail);
    return OrdersBatchModule.around(worker, settings.batchCron);
  },
  firstHandlers: () => [traceResponse(() => captureTraceContext()?.traceparent)],
  mapError: batchProblem,
  onStopped: [
    { name: 'the last export of spans', run: () => stopTracing() },
    { name: 'the database', run: () => worker?.database.close() },
  ],
});
