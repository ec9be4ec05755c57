import { z } from 'zod';
import { configValue, durationMs, host, integer, port, postgresUrl } from './config-values.ts';
import { hostNamesOf } from './host-guard.ts';
import { LOG_FORMATS, LOG_LEVELS } from './service-logger.ts';

/** The settings of every process of the platform. Spread it into the schema of an app. */
export function processConfig() {
  return {
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info').describe('Least important level that is logged'),
    LOG_FORMAT: z.enum(LOG_FORMATS).default('human').describe('How a log line looks'),
    STOP_DEADLINE_MS: durationMs({ min: 100, max: 600_000 })
      .default(8_000)
      .describe('How long an orderly stop may take'),
  };
}

/**
 * Further settings of an HTTP service: the address where it listens. Loopback by default, so that no service is exposed
 * by accident.
 */
export function listenConfig(defaults: { port: number }) {
  return {
    HOST: host().default('127.0.0.1').describe('Address to listen on'),
    HOST_NAMES: hostNames()
      .optional()
      .describe(
        'Names that it may be asked for by, besides localhost; where unset, none on loopback and any elsewhere',
      ),
    PORT: port().default(defaults.port).describe('Port to listen on; 0 takes a free one'),
  };
}

/** Host names, separated by commas. */
export function hostNames() {
  return configValue('host names such as orders.example, separated by commas', hostNamesOf);
}

/** The settings of a service that uses Postgres: the database, or the data folder of an embedded one. */
export function databaseConfig() {
  return {
    DATABASE_URL: postgresUrl()
      .optional()
      .describe('Any Postgres 14 or later; an embedded one is used where this is unset'),
    EMBEDDED_POSTGRES_DIR: configValue('a folder', (text) => text)
      .optional()
      .describe(
        'Where the embedded Postgres keeps its data; .data/postgres in the workspace where this is unset',
      ),
    DATABASE_POOL_SIZE: integer({ min: 1, max: 100 })
      .default(10)
      .describe('Most connections to the database'),
    DATABASE_CONNECT_TIMEOUT_MS: durationMs({ min: 100, max: 600_000 })
      .default(30_000)
      .describe('How long the start waits for the database to come up'),
  };
}
