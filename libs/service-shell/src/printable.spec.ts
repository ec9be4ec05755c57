import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { printable, quoteExternal, redact } from './printable.ts';
import { type LogFormat, ServiceLogger } from './service-logger.ts';

// Independent of the implementation: uses Unicode's own categories.
const UNSAFE = /[\p{Control}\p{Format}\p{Line_Separator}\p{Paragraph_Separator}\p{Surrogate}]/u;
// Emoji and some scripts need these; they change the look of their neighbours, not the order of the text.
const isHarmless = (character: string) =>
  /[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2]|[\u{110bd}-\u{e007f}]/u.test(character);
const unsafeIn = (text: string) =>
  [...text].filter((character) => UNSAFE.test(character) && !isHarmless(character));

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ maxLength: 200 }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 })
    .map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '\u001b[2J\u001b]0;title\u0007',
    'a\r\nERROR forged',
    '\u009b31m',
    'abc\u202etxt.exe',
    'x'.repeat(50_000),
  ),
);

describe('printable', () => {
  it('leaves no character that a terminal obeys or a reader cannot see, and respects its limit', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 500 }), (given, most) => {
        const shown = printable(given, most);
        expect(unsafeIn(shown)).toEqual([]);
        expect(shown.length).toBeLessThanOrEqual(6 * most + 40);
      }),
    );
  });

  it('leaves ordinary text unchanged', () => {
    for (const plain of ['order 42 of Zoë', '注文', 'naïve – “quoted” 🙂', 'C:\\temp'])
      expect(printable(plain)).toBe(plain);
  });

  it('says how much it cut off', () => {
    expect(printable('abcdef', 4)).toBe('abcd… (2 more characters)');
  });
});

describe('a log line', () => {
  it.each(['human', 'json'] satisfies LogFormat[])(
    'of the format %s is one event, for any message, context, error and stack',
    (format) => {
      fc.assert(
        fc.property(text, text, text, (message, context, inError) => {
          const written: string[] = [];
          const log = new ServiceLogger({ name: 'test', format, write: (line) => written.push(line) });
          const error = new Error(inError, { cause: new Error(context) });
          error.stack = `Error: ${inError}\n    at here`;
          log.warn(message, error, context);
          const [event = ''] = written;
          expect(written).toHaveLength(1);
          expect(event.length).toBeLessThan(300_000);
          const lines = event.split('\n');
          expect(lines.pop()).toBe('');
          expect(lines.flatMap(unsafeIn)).toEqual([]);
          const [, ...others] = lines;
          expect(others.every((line) => format === 'human' && line.startsWith('    '))).toBe(true);
          if (format === 'json')
            expect(unsafeIn((JSON.parse(event) as { message: string }).message)).toEqual([]);
        }),
      );
    },
  );
});

describe('a quote of text from outside', () => {
  it('is one line of printable characters in quotes, cut to a length', () => {
    const hostile = 'a\u001b[31mred\r\n\u0007\u009b2J\u202egnp.exe\u2066\u200b\ufeff\u2028"';
    expect(quoteExternal(hostile)).toBe(
      String.raw`"a\u001b[31mred\r\n\u0007\u009b2J\u202egnp.exe\u2066\u200b\ufeff\u2028\""`,
    );
    expect(quoteExternal('x'.repeat(1_000), 10)).toBe(`"${'x'.repeat(10)}…"`);
    expect(quoteExternal('Zürich 🙂 東京')).toBe('"Zürich 🙂 東京"');
  });
});

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
