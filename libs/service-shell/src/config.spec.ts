import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  boolean,
  ConfigError,
  cronExpression,
  durationMs,
  host,
  integer,
  port,
  postgresUrl,
  printConfigHelp,
  readConfig,
} from './config.ts';

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

const accepts = (schema: z.ZodType, text: string) => schema.safeParse(text).success;

describe('the values of a variable', () => {
  it.each(['0', '1', '65535'])('a port may be %s', (text) => {
    expect(port().parse(text)).toBe(Number(text));
  });

  it.each(['-1', '65536', '3000 ', ' 3000', '3e3', '0x10', '80.5', '1_000', 'http', '٣'])(
    'a port may not be "%s"',
    (text) => {
      expect(accepts(port(), text)).toBe(false);
    },
  );

  it('a whole number has both its bounds', () => {
    const size = integer({ min: -2, max: 10_000 });

    expect(size.parse('-2')).toBe(-2);
    expect(size.parse('10000')).toBe(10_000);
    expect(accepts(size, '-3')).toBe(false);
    expect(accepts(size, '10001')).toBe(false);
    expect(accepts(size, '9'.repeat(400))).toBe(false);
  });

  it('a duration is no longer than the maximum of a timer', () => {
    expect(durationMs().parse('2147483647')).toBe(2_147_483_647);
    expect(accepts(durationMs(), '2147483648')).toBe(false);
  });

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['false', false],
    ['False', false],
    ['0', false],
  ])('a boolean may be %s', (text, value) => {
    expect(boolean().parse(text)).toBe(value);
  });

  it.each(['yes', '2', 'truee'])('a boolean may not be "%s"', (text) => {
    expect(accepts(boolean(), text)).toBe(false);
  });

  it.each(['127.0.0.1', '0.0.0.0', '::1', '::', 'fe80::1', 'localhost', 'orders-api.internal'])(
    'a host may be %s',
    (text) => {
      expect(host().parse(text)).toBe(text);
    },
  );

  it.each(['http://localhost', 'localhost:3000', '127.0.0.1:80', 'a b', 'a/b'])(
    'a host may not be "%s"',
    (text) => {
      expect(accepts(host(), text)).toBe(false);
    },
  );

  it.each([
    'postgres://db/orders',
    'postgresql://u:p@[::1]:5432/o?sslmode=require',
    'postgres:///orders?host=/tmp',
  ])('a Postgres URL may be %s', (text) => {
    expect(postgresUrl().parse(text)).toBe(text);
  });

  it.each(['mysql://db/orders', 'db:5432/orders', 'postgres://db:port/orders', 'postgres:db'])(
    'a Postgres URL may not be "%s"',
    (text) => {
      expect(accepts(postgresUrl(), text)).toBe(false);
    },
  );
});

it('prints the table of variables, a line each: name, default, meaning and allowed values', () => {
  const schema = z.object({
    DATABASE_URL: postgresUrl().optional().describe('Postgres to use'),
    LEASE_MS: durationMs({ min: 1, max: 9 }).describe('How long a claim holds').default(5),
    MODE: z.enum(['fast', 'safe']),
    FREE: z.string().describe('Anything'),
  });

  expect(printConfigHelp(schema)).toBe(
    [
      '  Variable      Default     Meaning',
      '  DATABASE_URL  (unset)     Postgres to use (a URL such as postgres://user:password@host:5432/database)',
      '  LEASE_MS      5           How long a claim holds (a whole number of milliseconds from 1 to 9)',
      '  MODE          (required)  fast, safe',
      '  FREE          (required)  Anything',
      '',
    ].join('\n'),
  );
});
