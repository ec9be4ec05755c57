import {
  cronExpression,
  databaseConfig,
  durationMs,
  integer,
  listenConfig,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { validateCronExpression } from 'cron';
import { z } from 'zod';

const schema = z.object({
  BATCH_CRON: cronExpression(validateCronExpression)
    .default('0 * * * *')
    .describe('When the batch runs; hourly'),
  BATCH_SIZE: integer({ min: 1, max: 10_000 }).default(100).describe('Most orders in one batch'),
  BATCH_LEASE_MS: durationMs({ min: 100, max: 86_400_000 })
    .default(60_000)
    .describe('The lease of a batch; a live worker renews it, and another worker takes over when it expires'),
  BATCH_MAX_ATTEMPTS: integer({ min: 1, max: 100 })
    .default(5)
    .describe('Attempts before an order is given up'),
  ...listenConfig({ port: 3001 }),
  ...databaseConfig(),
  ...processConfig(),
});

/** The settings of orders-batch, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    batchCron: env.BATCH_CRON,
    batchSize: env.BATCH_SIZE,
    batchLeaseMs: env.BATCH_LEASE_MS,
    batchMaxAttempts: env.BATCH_MAX_ATTEMPTS,
    host: env.HOST,
    hostNames: env.HOST_NAMES,
    port: env.PORT,
    databaseUrl: env.DATABASE_URL,
    databasePoolSize: env.DATABASE_POOL_SIZE,
    databaseConnectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
  });
}

/** The settings of orders-batch. */
export type BatchConfig = ReturnType<typeof config>;

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);
