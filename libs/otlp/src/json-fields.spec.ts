import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLosslessJson } from './json-fields.ts';

describe('parseLosslessJson', () => {
  it('turns integers of 16 or more digits into strings of their digits', () => {
    expect(parseLosslessJson('{"a":1795365280754344235,"b":[-1234567890123456, 999999999999999]}')).toEqual({
      a: '1795365280754344235',
      b: ['-1234567890123456', 999_999_999_999_999],
    });
  });

  it('leaves all strings unchanged', () => {
    const text = String.raw`{"a":": 1795365280754344235","b\"":"\\","c":"\\\": 1795365280754344235","d":1795365280754344235}`;
    expect(parseLosslessJson(text)).toEqual({
      a: ': 1795365280754344235',
      'b"': '\\',
      c: String.raw`\": 1795365280754344235`,
      d: '1795365280754344235',
    });
  });

  it('leaves fractions and exponents to JSON.parse', () => {
    expect(parseLosslessJson('[1234567890123456.5, 1234567890123456e2]')).toEqual([
      1234567890123456.5, 123456789012345600,
    ]);
  });

  it.each([
    '[1795365280754344235',
    '[01795365280754344235]',
    '[--1795365280754344235]',
    '["1795365280754344235',
    '[+1795365280754344235]',
  ])('refuses %s like JSON.parse', (text) => {
    expect(() => parseLosslessJson(text)).toThrow(SyntaxError);
  });

  it('agrees with JSON.parse on any JSON beside a long integer', () => {
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) => {
        const expected: unknown = JSON.parse(json, (_, value: unknown) =>
          typeof value === 'number' && /^-?[1-9][0-9]{15,}$/.test(String(value)) ? String(value) : value,
        );
        expect(parseLosslessJson(`[ 1795365280754344235,${json}]`)).toEqual([
          '1795365280754344235',
          expected,
        ]);
      }),
      { numRuns: 200 },
    );
  });

  it('reads a string of a million quotes quickly', () => {
    const value = '"\\'.repeat(1_000_000);
    expect(parseLosslessJson(`[1795365280754344235,${JSON.stringify(value)}]`)).toEqual([
      '1795365280754344235',
      value,
    ]);
  });
});
