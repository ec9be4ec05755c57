import { ConfigError } from './config.ts';
import { errorText } from './error-text.ts';
import { printable } from './printable.ts';
import { type LogFormat, type LogLevelName, ServiceLogger } from './service-logger.ts';
import { ServiceProcess } from './service-process.ts';
import type { StopStep } from './stopping.ts';

/** The settings of an app that the shell uses. */
export interface ProcessSettings {
  logLevel?: LogLevelName;
  logFormat?: LogFormat;
  /** Maximum of a stop, in milliseconds. Default: 8000. */
  stopDeadlineMs?: number;
}

/** The options of every process, whether it serves HTTP or runs once. */
export interface LaunchOptions<C> {
  /** The prefix of every log line and of every sentence about a failed start. */
  name: string;
  version?: string;
  /**
   * The settings, or better the function that reads them: then a wrong setting is reported in a sentence, and `--help`
   * works without any.
   */
  config?: C | (() => C);
  /** The text of `--help`, from `printConfigHelp`. */
  configHelp?: string | (() => string);
  /** Default: a logger by `logLevel` and `logFormat` of the settings. */
  log?: ServiceLogger;
  /** These steps run last when the process stops, in this order and in every case: flush spans, release the database. */
  onStopped?: readonly StopStep[];
}

export interface Launched<C> {
  config: C;
  log: ServiceLogger;
  service: ServiceProcess;
}

/**
 * Answers `--help`, reads the configuration and takes charge of the process's end. Exits if the configuration is wrong.
 */
export function launch<C extends ProcessSettings | undefined>(options: LaunchOptions<C>): Launched<C> {
  if (process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h')) {
    process.stdout.write(helpOf(options));
    process.exit(0);
  }
  let config: C;
  try {
    // Without `config` the type parameter is undefined, and so is the value.
    config = (typeof options.config === 'function' ? options.config() : options.config) as C;
  } catch (error) {
    tellFailure(options.name, error);
    process.exit(1);
  }
  const log = options.log ?? loggerFor(options.name, config);
  const service = new ServiceProcess({
    log,
    stopDeadlineMs: config?.stopDeadlineMs,
    onStopped: options.onStopped,
  });
  return { config, log, service };
}

/** Plain sentences on standard error, which people at a terminal and a supervisor's log read first. */
export function tellFailure(name: string, error: unknown): void {
  for (const sentence of startFailure(error)) {
    process.stderr.write(`${name}: ${printable(sentence, 2_000)}\n`);
  }
}

function helpOf(options: LaunchOptions<unknown>): string {
  const title = options.version === undefined ? options.name : `${options.name} ${options.version}`;
  const help = typeof options.configHelp === 'function' ? options.configHelp() : options.configHelp;
  return help === undefined ? `${title}\n` : `${title}\n\nEnvironment variables:\n\n${help}`;
}

function loggerFor(name: string, settings: ProcessSettings | undefined): ServiceLogger {
  return new ServiceLogger({
    name,
    ...(settings?.logLevel !== undefined && { level: settings.logLevel }),
    ...(settings?.logFormat !== undefined && { format: settings.logFormat }),
  });
}

/**
 * Explains why a start failed, without a stack: in one sentence, or for a configuration error in one for each wrong
 * variable.
 */
function startFailure(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.sentences : [`could not start: ${firstLineOf(error)}`];
}

/**
 * Converts an error of `listen` into a configuration error if a setting can fix it. Use it only for errors of `listen`:
 * a database that is down has some of the same codes.
 *
 * @param portVariable the environment variable that sets the port; `hostVariable` that of the address.
 */
export function listenFailure(
  error: unknown,
  at: { host: string; port: number; portVariable: string; hostVariable: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError([
        `port ${at.port} is taken on ${at.host}; set ${at.portVariable} to another one`,
      ]);
    case 'EACCES':
      return new ConfigError([
        `port ${at.port} on ${at.host} may not be used by this user; set ${at.portVariable} to one above 1023`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError([
        `${at.host} is not an address of this machine; set ${at.hostVariable} to another one`,
      ]);
    default:
      return error;
  }
}

/** Nest's own errors fill a page. */
function firstLineOf(error: unknown): string {
  const text = errorText(error);
  return text.split('\n', 1)[0] ?? text;
}
