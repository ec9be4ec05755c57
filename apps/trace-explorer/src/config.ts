import { homedir } from 'node:os';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import {
  boolean,
  configValue,
  databaseConfig,
  durationMs,
  host,
  hostNames,
  integer,
  port,
  postgresUrl,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { z } from 'zod';
import { userDataDir } from './cli/user-data-dir.ts';

const MIB = 1024 * 1024;
const GIB = 1024 * MIB;
const DEFAULT_GRPC_PORT = 4317;
const DAY_MS = 86_400_000;

const { spans: MAX_SPANS, ...DEFAULT_LIMITS } = DEFAULT_ELEMENT_LIMITS;
const LIMIT_NAMES = Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[];

const { EMBEDDED_POSTGRES_DIR, DATABASE_CONNECT_TIMEOUT_MS } = databaseConfig();

const schema = z.object({
  EXPLORER_PORT: port()
    .default(4318)
    .describe('Port for OTLP/HTTP, the API and the page; 0 takes a free one'),
  EXPLORER_GRPC_PORT: port()
    .optional()
    .describe('Port for OTLP/gRPC; 4317 where this is unset, or a free one if EXPLORER_PORT is 0'),
  EXPLORER_HOST: host().default('127.0.0.1').describe('Address to listen on'),
  EXPLORER_NAMES: hostNames()
    .optional()
    .describe(
      'Names that it may be asked for by, besides localhost; where unset, none on loopback and any elsewhere. With a token, any',
    ),
  // Not DATABASE_URL: an application's database must not fill with traces because it shares a shell
  // with the explorer.
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
  EXPLORER_TRUST_PROXY: boolean()
    .default(false)
    .describe('Whether a proxy in front sets X-Forwarded-For and X-Forwarded-Proto; true or false'),
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
    .default(MAX_SPANS)
    .describe('Most spans in an OTLP request'),
  EXPLORER_REQUEST_LIMITS: configValue(
    `limits such as links=100000,attributes=50000, of ${LIMIT_NAMES.join(', ')}`,
    limitsOf,
  )
    .default({})
    .describe(
      `Most of what else repeats in an OTLP request, as name=count; the defaults are ${limitText(DEFAULT_LIMITS)}`,
    ),
  EXPLORER_QUERY_TIMEOUT_MS: durationMs({ min: 100, max: 600_000 })
    .default(5_000)
    .describe('How long a query may take'),
  ...processConfig(),
});

/** Values of variables by name. An empty one counts as unset. */
export type ExplorerVariables = Readonly<Partial<Record<keyof typeof schema.shape, string>>>;

/**
 * The settings of the explorer, read once at its start.
 *
 * @param variables override those of the environment
 */
export function config(variables: ExplorerVariables = {}) {
  const given = { ...process.env, ...variables };
  const env = readConfig(schema, given);
  return Object.freeze({
    host: env.EXPLORER_HOST,
    names: env.EXPLORER_NAMES,
    port: env.EXPLORER_PORT,
    grpcPort: env.EXPLORER_GRPC_PORT ?? (env.EXPLORER_PORT === 0 ? 0 : DEFAULT_GRPC_PORT),
    /** True if the ports were set explicitly. A start without them then fails. */
    isPortGiven: Boolean(given['EXPLORER_PORT']),
    isGrpcPortGiven: env.EXPLORER_GRPC_PORT !== undefined,
    databaseUrl: env.EXPLORER_DATABASE_URL,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    databaseConnectTimeoutMs: env.DATABASE_CONNECT_TIMEOUT_MS,
    token: env.EXPLORER_TOKEN,
    trustProxy: env.EXPLORER_TRUST_PROXY,
    corsOrigins: env.EXPLORER_CORS_ORIGINS,
    retentionMs: env.EXPLORER_RETENTION_MS,
    retentionBytes: env.EXPLORER_RETENTION_BYTES,
    maxBodyBytes: env.EXPLORER_MAX_BODY_BYTES,
    elementLimits: Object.freeze({
      ...DEFAULT_LIMITS,
      ...env.EXPLORER_REQUEST_LIMITS,
      spans: env.EXPLORER_MAX_SPANS_PER_REQUEST,
    }),
    queryTimeoutMs: env.EXPLORER_QUERY_TIMEOUT_MS,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
  });
}

/** The address of a running explorer for the commands that use one. */
export function commandConfig() {
  const { EXPLORER_URL, EXPLORER_PORT = '4318', EXPLORER_TOKEN } = process.env;
  return { url: EXPLORER_URL || `http://127.0.0.1:${EXPLORER_PORT}`, token: EXPLORER_TOKEN || undefined };
}

/** The default folder for the data of the command's embedded Postgres. */
export function explorerDataDir(): string {
  const { XDG_DATA_HOME, LOCALAPPDATA } = process.env;
  const { platform } = process;
  return userDataDir({
    platform,
    home: homedir(),
    dataHome: platform === 'win32' ? LOCALAPPDATA : XDG_DATA_HOME,
  });
}

export type ExplorerSettings = ReturnType<typeof config>;
/** The settings without the ports, which belong to the process. */
export type ExplorerCoreSettings = Omit<ExplorerSettings, 'grpcPort' | 'isGrpcPortGiven' | 'isPortGiven'>;

/** The text of `--help`. */
export const configHelp = () => printConfigHelp(schema);

function limitsOf(text: string): Partial<typeof DEFAULT_LIMITS> | undefined {
  const limits: Partial<Record<keyof typeof DEFAULT_LIMITS, number>> = {};
  for (const part of text.split(',')) {
    const [, name, count] = /^\s*(\w+)\s*=\s*([1-9]\d{0,8})\s*$/.exec(part) ?? [];
    const known = LIMIT_NAMES.find((limit) => limit === name);
    if (known === undefined) return undefined;
    limits[known] = Number(count);
  }
  return limits;
}

function limitText(limits: Readonly<Record<string, number>>): string {
  return Object.entries(limits)
    .map(([name, count]) => `${name}=${count}`)
    .join(',');
}

function originsOf(text: string): string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every((origin) => origin === '*' || isOrigin(origin)) ? origins : undefined;
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
