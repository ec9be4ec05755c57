import 'reflect-metadata';
import { createRequire } from 'node:module';
import { openOrdersDatabase, type OrdersDatabase } from '@span-links/orders-data';
import { runService } from '@span-links/service-shell';
import { stopTracing } from '@span-links/tracing/sdk';
import { config, configHelp } from './config.ts';
import { orderProblem } from './order-problems.ts';
import { OrdersApiModule } from './orders-api.module.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
let database: OrdersDatabase | undefined;

await runService({
  name: 'orders-api',
  version,
  config,
  configHelp,
  openApi: {
    title: 'orders-api',
    description: 'Receives orders, each with the trace context of its receive-order span.',
  },
  createModule: async (settings, log) => {
    database = await openOrdersDatabase({
      url: settings.databaseUrl,
      embeddedDir: settings.embeddedPostgresDir,
      applicationName: 'orders-api',
      poolSize: settings.databasePoolSize,
      connectTimeoutMs: settings.databaseConnectTimeoutMs,
      onProgress: (line) => log.log(line),
      onTrouble: (line) => log.warn(line),
    });
    return OrdersApiModule.over(database.dataSource);
  },
  mapError: orderProblem,
  onStopped: [
    { name: 'the last export of spans', run: () => stopTracing() },
    { name: 'the database', run: () => database?.close() },
  ],
});
