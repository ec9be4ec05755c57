import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { boolean, durationMs, host, integer, port, postgresUrl } from './config-values.ts';

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
