import { messagingConfig, transportSettings, type TransportSettings } from '@span-links/messaging';
import {
  databaseConfig,
  durationMs,
  listenConfig,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { z } from 'zod';

const SHIPPING_PARENTS = ['none', 'producer'] as const;

const schema = z.object({
  SHIPPING_PARENT: z
    .enum(SHIPPING_PARENTS)
    .default('none')
    .describe('none: each shipment has a trace of its own; producer: it is in the trace of its request'),
  ...messagingConfig(),
  MESSAGING_RELAY_POLL_MS: durationMs({ min: 10, max: 60_000 })
    .default(250)
    .describe('How often to look for messages that other processes have published'),
  ...listenConfig({ port: 3002 }),
  ...databaseConfig(),
  ...processConfig(),
});

/** The settings of orders-fulfilment, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    shippingParent: env.SHIPPING_PARENT,
    /** pg-boss keeps its jobs in the orders database, whose URL is known after it is opened. */
    transport: (databaseUrl: string): TransportSettings => transportSettings(env, databaseUrl),
    redeliverAfterMs: env.MESSAGING_REDELIVER_AFTER_MS,
    maxAttempts: env.MESSAGING_MAX_ATTEMPTS,
    relayPollMs: env.MESSAGING_RELAY_POLL_MS,
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

/** The settings of orders-fulfilment. */
export type FulfilmentConfig = ReturnType<typeof config>;

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);
