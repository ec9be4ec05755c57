import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';

/** Levels for `LOG_LEVEL`, most important first. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'verbose'] as const;
/** Shapes for `LOG_FORMAT`. */
export const LOG_FORMATS = ['human', 'json'] as const;

export type LogLevelName = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

export interface ServiceLoggerOptions {
  /** The service's name, on every line. */
  name: string;
  /** Least important level that is written. Default: `info`. */
  level?: LogLevelName;
  /** `human`: one line of text; `json`: one JSON object a line. Default: `human`. */
  format?: LogFormat;
  /** Where lines go. Default: standard output. */
  write?: (text: string) => void;
}

// Nest tells every module, route and provider it wires, some 40 lines a start, and prints start failures with a stack
// that the service reports as one sentence. Both remain at debug level.
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'NestApplication',
  'NestApplicationContext',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'ExceptionHandler',
]);

interface Entry {
  message: string;
  context?: string;
  stack?: string;
}

/**
 * Writes one line per event: time, level, service, message; a stack follows on lines of its own. It is Nest's
 * `LoggerService` too, so that `new Logger('Context')` anywhere in an app ends up here.
 */
export class ServiceLogger implements LoggerService {
  readonly #name: string;
  readonly #lowest: number;
  readonly #format: LogFormat;
  readonly #write: (text: string) => void;

  constructor(options: ServiceLoggerOptions) {
    this.#name = options.name;
    this.#lowest = LOG_LEVELS.indexOf(options.level ?? 'info');
    this.#format = options.format ?? 'human';
    this.#write = options.write ?? ((text) => process.stdout.write(text));
  }

  /** Level `info`, under the name Nest calls. */
  log(message: unknown, ...rest: unknown[]): void {
    this.#emit('info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#emit('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#emit('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#emit('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#emit('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#emit('verbose', message, rest);
  }

  #emit(level: LogLevelName, message: unknown, rest: readonly unknown[]): void {
    const entry = entryOf(message, rest);
    const isFrameworkNoise = level !== 'warn' && FRAMEWORK_CONTEXTS.has(entry.context ?? '');
    const effective = isFrameworkNoise ? 'debug' : level;
    if (LOG_LEVELS.indexOf(effective) > this.#lowest) return;
    const now = new Date();
    this.#write(
      this.#format === 'json'
        ? `${JSON.stringify({ time: now.toISOString(), level: effective, name: this.#name, ...entry })}\n`
        : humanLine(now, effective, this.#name, entry),
    );
  }
}

/** Nest passes `(message, stack?, context?)`; others pass `(message, error)`. A lone last string is the context. */
function entryOf(message: unknown, rest: readonly unknown[]): Entry {
  const entry: Entry = { message: textOf(message) };
  if (message instanceof Error) entry.stack = stackOf(message);
  const extras: string[] = [];
  for (const [index, extra] of rest.entries()) {
    if (extra === undefined) continue;
    if (extra instanceof Error) entry.stack = stackOf(extra);
    else if (typeof extra === 'string' && /\n\s+at /.test(extra)) entry.stack = extra;
    else if (typeof extra === 'string' && index === rest.length - 1) entry.context = extra;
    else extras.push(textOf(extra));
  }
  if (extras.length > 0) entry.message = [entry.message, ...extras].join(' ');
  return entry;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return inspect(value, { breakLength: Infinity, depth: 4 });
}

const DEEPEST_CAUSE = 5;

/** With the causes, which hold the reason more often than the error that wraps them. Bounded: a cause may be circular. */
function stackOf(error: Error, depth = 0): string {
  const own = error.stack ?? `${error.name}: ${error.message}`;
  if (!(error.cause instanceof Error) || depth === DEEPEST_CAUSE) return own;
  return `${own}\nCaused by: ${stackOf(error.cause, depth + 1)}`;
}

function humanLine(now: Date, level: LogLevelName, name: string, entry: Entry): string {
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map((part) =>
    String(part).padStart(2, '0'),
  );
  const millis = String(now.getMilliseconds()).padStart(3, '0');
  const context = entry.context === undefined ? '' : `[${entry.context}] `;
  const head = `${time.join(':')}.${millis} ${level.toUpperCase().padEnd(5)} ${name}  `;
  const stack = entry.stack?.split('\n').map((line) => `    ${oneLine(line)}\n`) ?? [];
  return `${head}${oneLine(context + entry.message)}\n${stack.join('')}`;
}

/** Control characters in a message (a URL, a header) must not forge a line or recolour a terminal. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
