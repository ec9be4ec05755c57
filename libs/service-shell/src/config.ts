import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { hostNamesOf } from './host-guard.ts';
import { redact } from './printable.ts';
import { LOG_FORMATS, LOG_LEVELS } from './service-logger.ts';

/** Environment variables by name, as in `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A table of environment variables: each key is a variable's name, each value its schema. */
export type ConfigSchema = z.ZodObject<Readonly<Record<string, z.ZodType>>>;

/** Thrown for an unusable configuration. `message` has one sentence per wrong variable, a line each. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly sentences: readonly string[]) {
    super(sentences.join('\n'));
  }
}

/**
 * Reads and checks environment variables, once, at the start of a process.
 *
 * An empty variable counts as unset. Variables that the schema does not name are ignored.
 *
 * @returns the typed values under the variables' own names, frozen.
 * @throws {ConfigError} that names every wrong variable, its value with secrets masked, and the allowed values.
 */
export function readConfig<S extends ConfigSchema>(schema: S, env: Environment): Readonly<z.output<S>> {
  const set = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, env[name] || undefined]));
  const result = schema.safeParse(set, { error: allowedBy });
  if (result.success) return Object.freeze(result.data);

  const sentences = new Map<string, string>();
  for (const issue of result.error.issues) {
    const name = String(issue.path[0] ?? '');
    // Report only the first complaint about a variable; the others often only follow from it.
    if (!sentences.has(name)) sentences.set(name, sentenceFor(name, set[name], issue.message));
  }
  throw new ConfigError([...sentences.values()]);
}

function sentenceFor(name: string, value: string | undefined, allowed: string): string {
  // A check over several variables has no variable name, so its message must be a sentence.
  if (name === '') return allowed;
  return value === undefined
    ? `${name} is not set; it must be ${allowed}.`
    : `${name} is ${redact(name, value)}; it must be ${allowed}.`;
}

/**
 * Describes the allowed values of zod's own schemas as a continuation of "it must be". The ready-made schemas have
 * their own words.
 */
function allowedBy(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_value')
    return issue.values.length === 1 ? String(issue.values[0]) : `one of ${issue.values.join(', ')}`;
  if (issue.code === 'invalid_type') return `a ${issue.expected}`;
  if (issue.code === 'invalid_format') return `a valid ${issue.format}`;
  const unit = 'origin' in issue && issue.origin === 'string' ? ' characters long' : '';
  if (issue.code === 'too_small') return `at least ${issue.minimum}${unit}`;
  if (issue.code === 'too_big') return `at most ${issue.maximum}${unit}`;
  return undefined;
}

/**
 * A schema for an environment variable. `allowed` continues the sentence "it must be …": it is shown after a wrong
 * value and in the help. Chain `.default()`, `.optional()` and `.describe()` as with any zod schema.
 *
 * @param parse returns undefined for a text that is not allowed.
 */
export function configValue<T>(allowed: string, parse: (text: string) => T | undefined) {
  return z
    .string({ error: allowed })
    .transform((text, context) => {
      const value = parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: 'custom', message: allowed });
      return z.NEVER;
    })
    .meta({ allowed });
}

/** A whole number in decimal digits. `of` names the unit in the help ("milliseconds"). */
export function integer(range: { min: number; max: number; of?: string }) {
  const noun = range.of === undefined ? 'a whole number' : `a whole number of ${range.of}`;
  return configValue(`${noun} from ${range.min} to ${range.max}`, (text) => {
    // Number() alone would accept "", "0x10", "1e3" and " 7 ".
    if (!/^-?\d+$/.test(text)) return undefined;
    const value = Number(text);
    return value >= range.min && value <= range.max ? value : undefined;
  });
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A duration in milliseconds. The maximum is that of a Node.js timer, 2^31 - 1 ms (24.8 days). */
export function durationMs(range: { min?: number; max?: number } = {}) {
  return integer({ min: range.min ?? 0, max: range.max ?? LONGEST_TIMER_MS, of: 'milliseconds' });
}

/** A TCP port to listen on; 0 lets the system choose a free one. */
export function port() {
  return integer({ min: 0, max: 65_535 });
}

/** A host name or IP address to listen on. */
export function host() {
  return configValue('a host name or an IP address, without a scheme or a port', (text) =>
    /^[\w.-]+$/.test(text) || isIPv6(text) ? text : undefined,
  );
}

/** `true`, `false`, `1` or `0`, in any case. */
export function boolean() {
  return configValue('true or false', (text) => {
    const value = text.toLowerCase();
    if (value === 'true' || value === '1') return true;
    if (value === 'false' || value === '0') return false;
    return undefined;
  });
}

/** The address of a PostgreSQL database, for `DATABASE_URL`. */
export function postgresUrl() {
  return configValue('a URL such as postgres://user:password@host:5432/database', (text) =>
    /^postgres(ql)?:\/\//.test(text) && URL.canParse(text) ? text : undefined,
  );
}

/**
 * A cron expression. The scheduler that runs it decides what is valid, so that this check and the run never disagree:
 * pass `validateCronExpression` of the package `cron`.
 */
export function cronExpression(validate: (expression: string) => { valid: boolean }) {
  return configValue('a cron expression of 5 or 6 fields, such as "0 * * * *"', (text) =>
    validate(text).valid ? text : undefined,
  );
}

/**
 * The table of a schema's environment variables for `--help`: name, default, meaning (`describe()`) and allowed values.
 */
export function printConfigHelp(schema: ConfigSchema): string {
  const rows = Object.entries(schema.shape).map(([name, value]) => ({
    name,
    fallback: fallbackOf(value),
    meaning: meaningOf(value),
  }));
  const nameWidth = Math.max(...rows.map((row) => row.name.length), 'Variable'.length);
  const fallbackWidth = Math.max(...rows.map((row) => row.fallback.length), 'Default'.length);
  return [{ name: 'Variable', fallback: 'Default', meaning: 'Meaning' }, ...rows]
    .map((row) => `  ${row.name.padEnd(nameWidth)}  ${row.fallback.padEnd(fallbackWidth)}  ${row.meaning}\n`)
    .join('');
}

function fallbackOf(schema: z.ZodType): string {
  for (const layer of layersOf(schema)) {
    if (layer instanceof z.ZodDefault) return String(layer.def.defaultValue);
    if (layer instanceof z.ZodOptional) return '(unset)';
  }
  return '(required)';
}

function meaningOf(schema: z.ZodType): string {
  const layers = layersOf(schema);
  const description = layers.map((layer) => layer.description).find((text) => text !== undefined);
  const allowed = layers.map(allowedIn).find((text) => text !== undefined);
  if (description === undefined) return allowed ?? '';
  return allowed === undefined ? description : `${description} (${allowed})`;
}

function allowedIn(schema: z.ZodType): string | undefined {
  if (schema instanceof z.ZodEnum) return schema.options.join(', ');
  const allowed = schema.meta()?.['allowed'];
  return typeof allowed === 'string' ? allowed : undefined;
}

/** Searches from the outside in, because `.default()` and `.optional()` wrap a schema without copying its description. */
function layersOf(schema: z.ZodType): z.ZodType[] {
  const layers: z.ZodType[] = [];
  let layer: unknown = schema;
  while (layer instanceof z.ZodType) {
    layers.push(layer);
    layer = layer instanceof z.ZodDefault || layer instanceof z.ZodOptional ? layer.unwrap() : undefined;
  }
  return layers;
}

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
