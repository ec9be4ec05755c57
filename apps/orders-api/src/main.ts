import 'reflect-metadata';
import { createRequire } from 'node:module';
import { openOrdersDatabase, type OrdersDatabase } from '@span-links/orders-data';
import { runService, traceResponse } from '@span-links/service-shell';
import { captureTraceContext } from '@span-links/tracing';
import { stopTracing } from '@span-links/tracing/sdk';
import { config, configHelp } from './config.ts';
import { FanOutWaiter } from './fan-out-waiter.ts';
import { orderProblem } from './order-problems.ts';
import { OrdersApiModule } from './orders-api.module.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
let database: OrdersDatabase | undefined;
const waiter = new FanOutWaiter();

await runService({
  name: 'orders-api',
  version,
  config,
  configHelp,
  openApi: {
    title: 'orders-api',
    description: 'Receives orders, each with the trace context of its receive-order span, and fans them out.',
  },
  createModule: async (settings, log, fail) => {
    database = await openOrdersDatabase({
      url: settings.databaseUrl,
      embeddedDir: settings.embeddedPostgresDir,
      applicationName: 'orders-api',
      poolSize: settings.databasePoolSize,
      connectTimeoutMs: settings.databaseConnectTimeoutMs,
      onProgress: (line) => log.log(line),
      onTrouble: (line) => log.warn(line),
      onError: (sentence) => log.error(sentence),
      onLost: fail,
    });
    const { fanOut, publishing, traceUrl } = settings;
    return OrdersApiModule.over(database.dataSource, { fanOut, publishing, traceUrl, waiter });
  },
  firstHandlers: () => [traceResponse(() => captureTraceContext()?.traceparent)],
  mapError: orderProblem,
  onStopping: [{ name: 'requests that wait for a fan-out', run: () => waiter.stop() }],
  onStopped: [
    { name: 'the last export of spans', run: () => stopTracing() },
    { name: 'the database', run: () => database?.close() },
  ],
});
