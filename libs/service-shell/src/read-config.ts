import type { z } from 'zod';
import { redact } from './redact.ts';

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
