import 'reflect-metadata';
import { runCommand } from '@span-links/service-shell';
import { stopTracing } from '@span-links/tracing/sdk';
import { openBatchWorker, type BatchWorker } from './batch-worker.ts';
import { config, configHelp } from './config.ts';

let worker: BatchWorker | undefined;

// Exit codes: 0 if all due orders are handled, 1 if an order was given up or the run broke off.
await runCommand({
  name: 'orders-batch run-once',
  config,
  configHelp,
  run: async (signal, settings, log) => {
    worker = await openBatchWorker(settings, log);
    const { runner } = worker;
    signal.addEventListener('abort', () => void runner.stop());
    const { orders, allHandled } = await runner.start('once').done;
    log.log(orders === 0 ? 'nothing was due' : `${orders} orders handled`);
    return allHandled ? 0 : 1;
  },
  onStopped: [
    { name: 'the last export of spans', run: () => stopTracing() },
    { name: 'the database', run: () => worker?.database.close() },
  ],
});
