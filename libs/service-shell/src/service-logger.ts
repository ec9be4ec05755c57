import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import { printable } from './printable.ts';

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
  /** `human`: one line of text; `json`: one JSON object per line. Default: `human`. */
  format?: LogFormat;
  /** The target of log lines. Default: standard output. */
  write?: (text: string) => void;
}

// Nest logs every module, route and provider that it wires, some 40 lines per start, and prints start failures with a
// stack, which the service reports as one sentence. Both remain at debug level.
const FRAMEWORK_CONTEXTS = new Set([
  'NestFactory',
  'NestApplication',
  'NestApplicationContext',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'ExceptionHandler',
]);

// A message may quote a stranger's text. A log must stay readable and must not fill its disk.
const LONGEST_MESSAGE = 4_000;
const LONGEST_STACK_LINE = 1_000;
const MOST_STACK_LINES = 100;

interface Entry {
  message: string;
  context?: string;
  stack?: string;
}

/**
 * Writes one line per event: time, level, service, message; a stack follows on separate lines. It is also Nest's
 * `LoggerService`, so that `new Logger('Context')` anywhere in an app ends up here.
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

  /** Level `info`, under Nest's name for it. */
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
        ? jsonLine({ time: now.toISOString(), level: effective, name: this.#name, ...entry })
        : humanLine(now, effective, this.#name, entry),
    );
  }
}

/**
 * Nest passes `(message, stack?, context?)`; other code passes `(message, error)`. A single final string is the
 * context.
 */
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

/**
 * Includes the causes, which contain the reason more often than the error around them. Bounded, because a cause may be
 * circular.
 */
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
  const stack = stackLines(entry).map((line) => `    ${line}\n`);
  return `${printable(head)}${printable(context + entry.message, LONGEST_MESSAGE)}\n${stack.join('')}`;
}

/** JSON.stringify escapes only what JSON requires, so C1 controls and reordering characters remain. */
function jsonLine({ message, stack, context, ...head }: Entry & Record<string, string>): string {
  const entry = {
    ...head,
    message: printable(message, LONGEST_MESSAGE),
    ...(stack === undefined ? {} : { stack: stackLines({ stack }).join('\n') }),
    ...(context === undefined ? {} : { context: printable(context) }),
  };
  return `${JSON.stringify(entry)}\n`;
}

function stackLines({ stack }: Pick<Entry, 'stack'>): string[] {
  const lines = stack?.split('\n') ?? [];
  return lines.slice(0, MOST_STACK_LINES).map((line) => printable(line, LONGEST_STACK_LINE));
}
