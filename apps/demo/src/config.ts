import {
  configValue,
  cronExpression,
  databaseConfig,
  port,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { validateCronExpression } from 'cron';
import { z } from 'zod';

const ordersPerSecond = configValue('a number from 0 to 100', (text) => {
  const rate = /^\d+(\.\d+)?$/.test(text) ? Number(text) : -1;
  return rate >= 0 && rate <= 100 ? rate : undefined;
});

const schema = z.object({
  ORDERS_API_PORT: port().default(3000).describe('Port of orders-api'),
  ORDERS_BATCH_PORT: port().default(3001).describe('Port of orders-batch'),
  BATCH_CRON: cronExpression(validateCronExpression)
    .default('*/15 * * * * *')
    .describe('When the batch runs; every 15 s here, so that nobody waits an hour'),
  TRAFFIC_ORDERS_PER_SECOND: ordersPerSecond
    .default(1)
    .describe('Orders that the traffic sends, on average; 0 sends none'),
  ...databaseConfig(),
  ...processConfig(),
});

/** The settings of the demo, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    ordersApiPort: env.ORDERS_API_PORT,
    ordersBatchPort: env.ORDERS_BATCH_PORT,
    batchCron: env.BATCH_CRON,
    ordersPerSecond: env.TRAFFIC_ORDERS_PER_SECOND,
    databaseUrl: env.DATABASE_URL,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
    /** What the apps inherit; each gets its own port and the database on top. */
    inherited: process.env,
  });
}

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);
