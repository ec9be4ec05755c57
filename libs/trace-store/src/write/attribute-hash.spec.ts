import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeHashes, HASHED_UNITS } from './attribute-hash.ts';
import { storableText } from './storable-text.ts';

function hashOf(add: (hashes: AttributeHashes) => void): string {
  const hashes = new AttributeHashes();
  add(hashes);
  expect(hashes.length).toBe(2);
  return hashes.values.subarray(0, 2).join();
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', '\0', '\ud800', '\udc00', '😀'), maxLength: 6 }),
);
const asciiText = fc.string({
  unit: fc.integer({ min: 1, max: 127 }).map((n) => String.fromCharCode(n)),
  maxLength: 300,
});

describe('the hash of an attribute', () => {
  it('is that of the text as the database stores it', () => {
    fc.assert(
      fc.property(anyText, anyText, (key, value) => {
        const stored = hashOf((hashes) => hashes.string(storableText(key), storableText(value)));
        expect(hashOf((hashes) => hashes.string(key, value))).toBe(stored);
      }),
    );
  });

  it('is the same for ASCII bytes at any place', () => {
    fc.assert(
      fc.property(asciiText, asciiText, fc.nat(3), (key, value, before) => {
        const bytes = Buffer.from(`${'x'.repeat(before)}${key}${value}x`, 'latin1');
        const ofBytes = hashOf((hashes) => {
          hashes.begin();
          hashes.ascii(bytes, before, before + key.length);
          hashes.beginString();
          hashes.ascii(bytes, before + key.length, before + key.length + value.length);
          hashes.endString();
        });
        expect(ofBytes).toBe(hashOf((hashes) => hashes.string(key, value)));
      }),
    );
  });

  it('is the same for all spellings of one number', () => {
    const of = (value: number) => hashOf((hashes) => hashes.number('k', value));
    expect(new Set(['500', '500.0', '5e2', '5.00E+2'].map(Number).map(of)).size).toBe(1);
    expect(of(-0)).toBe(of(0));
    expect(of(Number(2n ** 63n - 1n))).toBe(of(2 ** 63));
  });

  it('tells types, keys and values apart', () => {
    const all = [
      hashOf((hashes) => hashes.string('k', '1')),
      hashOf((hashes) => hashes.number('k', 1)),
      hashOf((hashes) => hashes.boolean('k', true)),
      hashOf((hashes) => hashes.boolean('k', false)),
      hashOf((hashes) => hashes.number('k', 0)),
      hashOf((hashes) => hashes.string('k1', '')),
      hashOf((hashes) => hashes.string('', 'k1')),
      hashOf((hashes) => hashes.string('k', 'true')),
    ];
    expect(new Set(all).size).toBe(all.length);
  });

  it('uses only the beginning of a long text', () => {
    const start = 'x'.repeat(HASHED_UNITS);
    const of = (value: string) => hashOf((hashes) => hashes.string('k', value));
    expect(of(`${start}a`)).toBe(of(`${start}b`));
    expect(of(start)).not.toBe(of(start.slice(1)));
  });

  it('is different for a million neighbours', () => {
    const hashes = new AttributeHashes();
    for (let n = 0; n < 500_000; n++) {
      hashes.number('n', n);
      hashes.string('order.id', `0190c3a2-7b9c-7e1e-8222-${String(n).padStart(12, '0')}`);
    }
    const seen = new Set<number>();
    for (let at = 0; at < hashes.length; at += 2)
      seen.add((hashes.values[at]! >>> 0) * 2 ** 21 + (hashes.values[at + 1]! >>> 11));
    expect(seen.size).toBe(1_000_000);
  });
});
