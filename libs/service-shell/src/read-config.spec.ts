import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { cronExpression, durationMs, port, postgresUrl } from './config-values.ts';
import { ConfigError, readConfig } from './read-config.ts';

const schema = z.object({
  PORT: port().default(3000),
  DATABASE_URL: postgresUrl().optional(),
  BATCH_LEASE_MS: durationMs({ min: 1_000, max: 60_000 }).default(30_000),
  MODE: z.enum(['fast', 'safe']).default('safe'),
});

function sentencesOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.sentences;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('reading the configuration', () => {
  it('uses the defaults for unset variables', () => {
    expect(readConfig(schema, {})).toEqual({ PORT: 3000, BATCH_LEASE_MS: 30_000, MODE: 'safe' });
  });

  it('gives typed values and leaves unknown variables out', () => {
    const config = readConfig(schema, { PORT: '8080', MODE: 'fast', HOME: '/root' });

    expect(config).toEqual({ PORT: 8080, BATCH_LEASE_MS: 30_000, MODE: 'fast' });
    expect(config.PORT satisfies number).toBe(8080);
  });

  it('treats an empty variable as unset', () => {
    expect(readConfig(schema, { PORT: '', DATABASE_URL: '', MODE: '' })).toEqual(readConfig(schema, {}));
  });

  it('returns values that cannot be changed', () => {
    const config = readConfig(schema, {}) as { PORT: number };

    expect(() => (config.PORT = 1)).toThrow(TypeError);
  });

  it('reports a wrong value in one sentence: the variable, the value, the allowed values', () => {
    expect(sentencesOf(() => readConfig(schema, { PORT: '99999' }))).toEqual([
      'PORT is "99999"; it must be a whole number from 0 to 65535.',
    ]);
  });

  it('reports all wrong variables at once', () => {
    const env = {
      PORT: 'http',
      DATABASE_URL: 'mysql://me:hunter2@db/orders',
      BATCH_LEASE_MS: '999',
      MODE: 'quick',
    };

    expect(sentencesOf(() => readConfig(schema, env))).toEqual([
      'PORT is "http"; it must be a whole number from 0 to 65535.',
      'DATABASE_URL is "mysql://me:***@db/orders"; it must be a URL such as postgres://user:password@host:5432/database.',
      'BATCH_LEASE_MS is "999"; it must be a whole number of milliseconds from 1000 to 60000.',
      'MODE is "quick"; it must be one of fast, safe.',
    ]);
  });

  it('has all the sentences in the message, a line each', () => {
    expect(() => readConfig(schema, { PORT: 'x', MODE: 'y' })).toThrow(
      'PORT is "x"; it must be a whole number from 0 to 65535.\nMODE is "y"; it must be one of fast, safe.',
    );
  });

  it('reports a required variable that is not set', () => {
    const required = z.object({ DATABASE_URL: postgresUrl(), REGION: z.string() });

    expect(sentencesOf(() => readConfig(required, { REGION: '' }))).toEqual([
      'DATABASE_URL is not set; it must be a URL such as postgres://user:password@host:5432/database.',
      'REGION is not set; it must be a string.',
    ]);
  });

  it("describes the allowed values of zod's own schemas", () => {
    const own = z.object({
      NAME: z.string().min(3),
      CODE: z.string().max(2),
      LIMIT: z.coerce.number().max(10),
      ID: z.uuid(),
      ONLY: z.literal('on'),
    });
    const env = { NAME: 'ab', CODE: 'abc', LIMIT: '11', ID: '7', ONLY: 'off' };

    expect(sentencesOf(() => readConfig(own, env))).toEqual([
      'NAME is "ab"; it must be at least 3 characters long.',
      'CODE is "abc"; it must be at most 2 characters long.',
      'LIMIT is "11"; it must be at most 10.',
      'ID is "7"; it must be a valid uuid.',
      'ONLY is "off"; it must be on.',
    ]);
  });

  it('reports a check over several variables in its own words', () => {
    const ordered = z
      .object({ MIN: z.coerce.number(), MAX: z.coerce.number() })
      .refine(({ MIN, MAX }) => MIN <= MAX, { error: 'MIN must not be above MAX.' });

    expect(sentencesOf(() => readConfig(ordered, { MIN: '2', MAX: '1' }))).toEqual([
      'MIN must not be above MAX.',
    ]);
  });

  it('leaves the rules for a cron expression to the scheduler', () => {
    const fiveFields = (expression: string) => ({ valid: expression.split(' ').length === 5 });
    const timed = z.object({ BATCH_CRON: cronExpression(fiveFields).default('0 * * * *') });

    expect(readConfig(timed, { BATCH_CRON: '*/5 * * * *' })).toEqual({ BATCH_CRON: '*/5 * * * *' });
    expect(sentencesOf(() => readConfig(timed, { BATCH_CRON: 'hourly' }))).toEqual([
      'BATCH_CRON is "hourly"; it must be a cron expression of 5 or 6 fields, such as "0 * * * *".',
    ]);
  });
});
