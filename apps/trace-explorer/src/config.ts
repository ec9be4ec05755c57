import {
  configValue,
  databaseConfig,
  durationMs,
  host,
  integer,
  port,
  postgresUrl,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { z } from 'zod';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DAY_MS = 86_400_000;

const { EMBEDDED_POSTGRES_DIR, DATABASE_CONNECT_TIMEOUT_MS } = databaseConfig();

const schema = z.object({
  EXPLORER_PORT: port()
    .default(4318)
    .describe('Port for OTLP/HTTP, the API and the page; 0 takes a free one'),
  EXPLORER_HOST: host().default('127.0.0.1').describe('Address to listen on'),
  EXPLORER_NAMES: configValue('host names such as traces.example, separated by commas', namesOf)
    .optional()
    .describe(
      'Names that it may be asked for by, besides localhost; where unset, none on loopback and any elsewhere. With a token, any',
    ),
  // Not DATABASE_URL: an application's database must not fill with traces because it shares a shell with the explorer.
  EXPLORER_DATABASE_URL: postgresUrl()
    .optional()
    .describe(
      'Any Postgres 14 or later, in a schema of its own; an embedded one is used where this is unset',
    ),
  EMBEDDED_POSTGRES_DIR,
  DATABASE_CONNECT_TIMEOUT_MS,
  EXPLORER_TOKEN: configValue('8 to 200 letters, digits or any of -._~+/=', (text) =>
    /^[\w.~+/=-]{8,200}$/.test(text) ? text : undefined,
  )
    .optional()
    .describe('Asked of everything but /health, as a bearer token; a browser passes it once as ?token='),
  EXPLORER_CORS_ORIGINS: configValue(
    'origins such as https://shop.example, separated by commas, or *',
    originsOf,
  )
    .default([])
    .describe('Pages that may send OTLP from a browser; none where this is unset'),
  EXPLORER_RETENTION_MS: integer({ min: 60_000, max: 3650 * DAY_MS, of: 'milliseconds' })
    .default(7 * DAY_MS)
    .describe('How long traces are kept'),
  EXPLORER_RETENTION_BYTES: integer({ min: 16 * MIB, max: 1024 * GIB, of: 'bytes' })
    .default(2 * GIB)
    .describe('How much disk traces may take; the oldest go first'),
  EXPLORER_MAX_BODY_BYTES: integer({ min: 1024, max: 256 * MIB, of: 'bytes' })
    .default(16 * MIB)
    .describe('Largest OTLP request, before and after unpacking'),
  EXPLORER_MAX_SPANS_PER_REQUEST: integer({ min: 1, max: 1_000_000 })
    .default(50_000)
    .describe('Most spans in an OTLP request'),
  EXPLORER_QUERY_TIMEOUT_MS: durationMs({ min: 100, max: 600_000 })
    .default(5_000)
    .describe('How long a query may take'),
  ...processConfig(),
});

/** The settings of the explorer, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    host: env.EXPLORER_HOST,
    names: env.EXPLORER_NAMES,
    port: env.EXPLORER_PORT,
    databaseUrl: env.EXPLORER_DATABASE_URL,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    databaseConnectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
    token: env.EXPLORER_TOKEN,
    corsOrigins: env.EXPLORER_CORS_ORIGINS,
    retentionMs: env.EXPLORER_RETENTION_MS,
    retentionBytes: env.EXPLORER_RETENTION_BYTES,
    maxBodyBytes: env.EXPLORER_MAX_BODY_BYTES,
    maxSpansPerRequest: env.EXPLORER_MAX_SPANS_PER_REQUEST,
    queryTimeoutMs: env.EXPLORER_QUERY_TIMEOUT_MS,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
  });
}

export type ExplorerSettings = ReturnType<typeof config>;

/** What `--help` says. */
export const configHelp = () => printConfigHelp(schema);

function namesOf(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^[a-z\d]([a-z\d.-]{0,252})$/i.test(name)) ? names : undefined;
}

function originsOf(text: string): string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every((origin) => origin === '*' || isOrigin(origin)) ? origins : undefined;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
