import { expect, it } from 'vitest';
import { z } from 'zod';
import { printConfigHelp } from './config-help.ts';
import { durationMs, postgresUrl } from './config-values.ts';

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
