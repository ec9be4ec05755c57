import 'reflect-metadata';
import { createRequire } from 'node:module';
import { openOrdersDatabase, type OrdersDatabase } from '@span-links/orders-data';
import { runService, traceResponse } from '@span-links/service-shell';
import { captureTraceContext } from '@span-links/tracing';
import { stopTracing } from '@span-links/tracing/sdk';
import { config, configHelp } from './config.ts';
import { fulfilmentProblem } from './fulfilment-problems.ts';
import { OrdersFulfilmentModule } from './orders-fulfilment.module.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
let database: OrdersDatabase | undefined;

await runService({
  name: 'orders-fulfilment',
  version,
  config,
  configHelp,
  openApi: {
    title: 'orders-fulfilment',
    description: 'Ships and invoices orders as their messages arrive, with a link to every message.',
  },
  createModule: async (settings, log, fail) => {
    database = await openOrdersDatabase({
      url: settings.databaseUrl,
      embeddedDir: settings.embeddedPostgresDir,
      applicationName: 'orders-fulfilment',
      poolSize: settings.databasePoolSize,
      connectTimeoutMs: settings.databaseConnectTimeoutMs,
      onProgress: (line) => log.log(line),
      onTrouble: (line) => log.warn(line),
      onError: (sentence) => log.error(sentence),
      onLost: fail,
    });
    return OrdersFulfilmentModule.over(database, settings);
  },
  firstHandlers: () => [traceResponse(() => captureTraceContext()?.traceparent)],
  mapError: fulfilmentProblem,
  onStopped: [
    { name: 'the last export of spans', run: () => stopTracing() },
    { name: 'the database', run: () => database?.close() },
  ],
});
