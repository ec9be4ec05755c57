import { hostname, userInfo } from 'node:os';
import { fileURLToPath } from 'node:url';
import { configValue, port, printConfigHelp, processConfig, readConfig } from '@span-links/service-shell';
import { z } from 'zod';

const httpUrl = () =>
  configValue('an http(s) URL', (text) =>
    /^https?:\/\//.test(text) && URL.canParse(text) ? text.replace(/\/+$/, '') : undefined,
  );

const name = () =>
  configValue('1 to 40 letters, digits, dots, dashes or underscores', (text) =>
    /^[\w.-]{1,40}$/.test(text) ? text : undefined,
  );

const folder = () => configValue('a folder', (text) => text);

const schema = z.object({
  EXPLORER_PORT: port().default(4318).describe('Port of the trace explorer that the workshop starts'),
  WORKSHOP_ROOM: httpUrl().optional().describe('Explorer of a room, to use in place of an own one'),
  WORKSHOP_BROWSER_URL: httpUrl()
    .optional()
    .describe('Address of the explorer of the room for your browser, if it is another one'),
  WORKSHOP_TOKEN: configValue('a token without spaces', (text) => (/^\S+$/.test(text) ? text : undefined))
    .optional()
    .describe('Token of the explorer of the room'),
  WORKSHOP_NAME: name()
    .default(safeName())
    .describe('Your name in the room: the service.instance.id of your spans'),
  WORKSHOP_DIR: folder()
    .default(fileURLToPath(new URL('../my', import.meta.url)))
    .describe('Folder of your files and your progress'),
  EMBEDDED_POSTGRES_DIR: folder().optional().describe('Folder of the embedded database'),
  DATABASE_URL: configValue('a postgres:// URL', (text) => (URL.canParse(text) ? text : undefined))
    .optional()
    .describe('A Postgres to use in place of the embedded one'),
  ...processConfig(),
});

/** The settings of the workshop, read once at its start. */
export function config() {
  const env = readConfig(schema, process.env);
  return Object.freeze({
    explorerPort: env.EXPLORER_PORT,
    room: env.WORKSHOP_ROOM,
    browserUrl: env.WORKSHOP_BROWSER_URL,
    token: env.WORKSHOP_TOKEN,
    name: env.WORKSHOP_NAME,
    folder: env.WORKSHOP_DIR,
    embeddedPostgresDir: env.EMBEDDED_POSTGRES_DIR,
    databaseUrl: env.DATABASE_URL,
    inherited: process.env,
    logLevel: env.LOG_LEVEL,
    logFormat: env.LOG_FORMAT,
    stopDeadlineMs: env.STOP_DEADLINE_MS,
  });
}

export type WorkshopConfig = ReturnType<typeof config>;

/** The part of `--help` about the settings. */
export const configHelp = () => printConfigHelp(schema);

/** The settings that the runner gives to the process of an exercise. */
export function runConfig() {
  const needed = (variable: string) => {
    const value = process.env[variable];
    if (!value) throw new Error('An exercise runs inside of the workshop: npm run workshop');
    return value;
  };
  return Object.freeze({
    exercise: needed('WORKSHOP_EXERCISE'),
    file: needed('WORKSHOP_FILE'),
    otlpUrl: needed('WORKSHOP_OTLP_URL'),
    databaseUrl: needed('WORKSHOP_DATABASE_URL'),
    instanceId: needed('WORKSHOP_NAME'),
  });
}

/** The environment that the process of an exercise inherits. Tracing variables of the reader's shell would change the run. */
export function exerciseEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(OTEL|SPAN_LINKS|WORKSHOP)_|^NODE_OPTIONS$/.test(name)),
  );
}

function safeName(): string {
  let user = 'reader';
  try {
    user = userInfo().username;
  } catch {
    // A container may run as a user that has no name.
  }
  return `${user}-${hostname()}`.replace(/[^\w.-]/g, '-').slice(0, 40);
}
