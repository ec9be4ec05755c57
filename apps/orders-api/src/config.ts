import {
  boolean,
  configValue,
  databaseConfig,
  durationMs,
  integer,
  listenConfig,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { z } from 'zod';
import { FAN_OUT_DEFAULTS, type FanOutSettings } from './fan-out-settings.ts';
import { DEFAULT_TRACE_URL, TRACE_URL_ALLOWED, traceUrlOf } from './trace-url.ts';

const schema = z.object({
  FAN_OUT_CONCURRENCY: integer({ min: 1, max: 100 })
    .default(FAN_OUT_DEFAULTS.concurrency)
    .describe('Operations that run at once; fewer than the connections, or requests wait for one'),
  FAN_OUT_LEASE_MS: durationMs({ min: 100, max: 86_400_000 })
    .default(FAN_OUT_DEFAULTS.leaseMs)
    .describe(
      'The lease of an operation; a live worker renews it, and another worker takes over when it expires',
    ),
  FAN_OUT_POLL_MS: durationMs({ min: 10, max: 3_600_000 })
    .default(FAN_OUT_DEFAULTS.pollMs)
    .describe('How often to look for operations that nobody here has asked for'),
  FAN_OUT_MAX_ATTEMPTS: integer({ min: 1, max: 100 })
    .default(FAN_OUT_DEFAULTS.maxAttempts)
    .describe('Attempts before an operation has failed for good'),
  FAN_OUT_RETRY_MS: durationMs({ min: 1, max: 60_000 })
    .default(FAN_OUT_DEFAULTS.retryMs)
    .describe('Pause after the first failed attempt; it doubles with each'),
  STOCK_PER_SKU: integer({ min: 0, max: 1_000_000_000 })
    .default(FAN_OUT_DEFAULTS.stockPerSku)
    .describe('Pieces of a SKU that there are when it is first ordered'),
  PUBLISH_ORDERS: boolean()
    .default(true)
    .describe('Whether received orders are published; orders-fulfilment takes them to the broker'),
  // Not checked against the brokers that there are: this process speaks to none, and orders must come in whatever is set here.
  MESSAGING_TRANSPORT: configValue('a name', (text) => text)
    .default('pg-boss')
    .describe('The broker that orders-fulfilment uses, for the spans'),
  TRACE_URL_TEMPLATE: configValue(TRACE_URL_ALLOWED, (text) => (traceUrlOf(text) ? text : undefined))
    .default('explorer')
    .describe('Which viewer the trail of an order leads into'),
  TRACE_URL_BASE: configValue('an http(s) URL', (text) => (traceUrlOf('explorer', text) ? text : undefined))
    .optional()
    .describe('Where that viewer is, if it was given by name and is not at its default address'),
  ...listenConfig({ port: 3000 }),
  ...databaseConfig(),
  ...processConfig(),
});

/** The settings of orders-api, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  const fanOut: FanOutSettings = {
    concurrency: env.FAN_OUT_CONCURRENCY,
    leaseMs: env.FAN_OUT_LEASE_MS,
    pollMs: env.FAN_OUT_POLL_MS,
    maxAttempts: env.FAN_OUT_MAX_ATTEMPTS,
    retryMs: env.FAN_OUT_RETRY_MS,
    stockPerSku: env.STOCK_PER_SKU,
  };
  return Object.freeze({
    fanOut: Object.freeze(fanOut),
    publishing: env.PUBLISH_ORDERS ? { system: env.MESSAGING_TRANSPORT } : undefined,
    traceUrl: traceUrlOf(env.TRACE_URL_TEMPLATE, env.TRACE_URL_BASE) ?? DEFAULT_TRACE_URL,
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

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);
