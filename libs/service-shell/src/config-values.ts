import { isIPv6 } from 'node:net';
import { z } from 'zod';

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
