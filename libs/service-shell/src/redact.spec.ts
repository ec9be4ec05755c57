import { describe, expect, it } from 'vitest';
import { redact } from './redact.ts';

describe('a value in an error message', () => {
  it.each([
    'DB_PASSWORD',
    'API_TOKEN',
    'SIGNOZ_INGESTION_KEY',
    'CLIENT_SECRET',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'apiKey',
  ])('is masked completely if the variable is called %s', (name) => {
    expect(redact(name, 'hunter2')).toBe('"***"');
  });

  it.each([
    ['postgres://orders:hunter2@db:5432/orders', '"postgres://orders:***@db:5432/orders"'],
    ['mysql://orders:hunter2@db', '"mysql://orders:***@db"'],
    ['postgres://orders:hun@ter/2@db/orders', '"postgres://orders:***@db/orders"'],
    ['orders:hunter2@db/orders', '"orders:***@db/orders"'],
    ['postgres:/orders:hunter2@db', '"postgres:***@db"'],
    ['postgres://orders:hunter2', '"postgres://orders:***"'],
    [
      'postgres://db/orders?user=me&password=hunter2&sslmode=x',
      '"postgres://db/orders?user=me&password=***&sslmode=x"',
    ],
  ])('shows %s without the password', (value, shown) => {
    expect(redact('DATABASE_URL', value)).toBe(shown);
  });

  it.each(['http://127.0.0.1:4318', 'postgres://db:5432/orders', '0 * * * *', 'abc', 'a:b'])(
    'is shown unchanged if it contains no secret: %s',
    (value) => {
      expect(redact('SOMETHING', value)).toBe(JSON.stringify(value));
    },
  );

  it('shows spaces and line breaks', () => {
    expect(redact('PORT', '3000 \n')).toBe('"3000 \\n"');
  });

  it('is cut if it is long', () => {
    expect(redact('PORT', 'x'.repeat(10_000))).toBe(`"${'x'.repeat(200)}…"`);
  });
});
