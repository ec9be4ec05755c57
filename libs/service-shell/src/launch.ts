import { printable } from './printable.ts';
import { ServiceLogger, type LogFormat, type LogLevelName } from './service-logger.ts';
import { ServiceProcess } from './service-process.ts';
import { startFailure } from './start-failure.ts';
import type { StopStep } from './stop-steps.ts';

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
