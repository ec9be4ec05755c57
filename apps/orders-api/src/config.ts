import {
  databaseConfig,
  listenConfig,
  printConfigHelp,
  processConfig,
  readConfig,
} from '@span-links/service-shell';
import { z } from 'zod';

const schema = z.object({ ...listenConfig({ port: 3000 }), ...databaseConfig(), ...processConfig() });

/** The settings of orders-api, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    host: env.HOST,
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
