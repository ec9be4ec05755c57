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

const traffic = {
  TRAFFIC_ORDERS_PER_SECOND: ordersPerSecond
    .default(1)
    .describe('Orders that the traffic sends, on average; 0 sends none'),
};

const schema = z.object({
  ORDERS_API_PORT: port().default(3000).describe('Port of orders-api'),
  ORDERS_BATCH_PORT: port().default(3001).describe('Port of orders-batch'),
  ORDERS_FULFILMENT_PORT: port().default(3002).describe('Port of orders-fulfilment'),
  EXPLORER_PORT: port()
    .default(4318)
    .describe('Port of the trace explorer, which runs if OTEL_EXPORTER_OTLP_ENDPOINT is unset'),
  BATCH_CRON: cronExpression(validateCronExpression)
    .default('*/15 * * * * *')
    .describe('When the batch runs; every 15 s here, so that nobody waits an hour'),
  ...traffic,
  ...databaseConfig(),
  ...processConfig(),
});

/** The settings of the demo, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    ordersApiPort: env.ORDERS_API_PORT,
    ordersBatchPort: env.ORDERS_BATCH_PORT,
    ordersFulfilmentPort: env.ORDERS_FULFILMENT_PORT,
    explorerPort: env.EXPLORER_PORT,
    traceBackend: traceBackendIn(process.env),
    batchCron: env.BATCH_CRON,
    ordersPerSecond: env.TRAFFIC_ORDERS_PER_SECOND,
    databaseUrl: env.DATABASE_URL,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
    /** The environment of the apps; each also gets its own port and the database. */
    inherited: process.env,
  });
}

/** The destination of traces: a backend that the environment names, none, or the bundled explorer. */
export type TraceBackend =
  { readonly kind: 'explorer' | 'none' } | { readonly kind: 'other'; readonly endpoint: string };

function traceBackendIn(env: NodeJS.ProcessEnv): TraceBackend {
  const exporters = env['OTEL_TRACES_EXPORTER']?.trim() || 'otlp';
  if (env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true' || !exporters.includes('otlp'))
    return { kind: 'none' };
  const endpoint = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  return endpoint ? { kind: 'other', endpoint: withoutSecrets(endpoint) } : { kind: 'explorer' };
}

function withoutSecrets(endpoint: string): string {
  if (!URL.canParse(endpoint)) return endpoint;
  const { protocol, host, pathname } = new URL(endpoint);
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);

const trafficSchema = z.object({
  ORDERS_API_URL: configValue('an http(s) URL', (text) =>
    /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined,
  )
    .default('http://127.0.0.1:3000')
    .describe('Where orders-api is'),
  ...traffic,
  ...processConfig(),
});

/** The settings of `send-traffic`. */
export function trafficConfig() {
  const env = readConfig(trafficSchema, process.env);
  return Object.freeze({
    ordersApiUrl: env.ORDERS_API_URL,
    ordersPerSecond: env.TRAFFIC_ORDERS_PER_SECOND,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
  });
}

/** The `--help` text of `send-traffic`. */
export const trafficConfigHelp = () => printConfigHelp(trafficSchema);
