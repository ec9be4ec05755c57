import { describe, expect, it } from 'vitest';
import { findAttribute } from './otlp-model.ts';
import { attributeRecord } from './received-span.ts';

describe('findAttribute', () => {
  it('finds the last value of a key, and tells empty values from missing ones', () => {
    const attributes = [
      { key: 'a', value: 1n },
      { key: 'b', value: null },
      { key: 'a', value: 2n },
    ];
    expect(findAttribute(attributes, 'a')).toBe(2n);
    expect(findAttribute(attributes, 'b')).toBeNull();
    expect(findAttribute(attributes, 'c')).toBeUndefined();
  });
});

describe('attributeRecord', () => {
  it('returns integers as numbers if that is exact', () => {
    const record = attributeRecord([
      { key: 'batch.size', value: 5n },
      { key: 'largest', value: 2n ** 53n - 1n },
      { key: 'larger', value: 2n ** 53n + 1n },
      { key: 'nested', value: [{ pairs: [{ key: 'deep', value: [-1n, 1.5, null] }] }] },
    ]);
    expect(record).toEqual({
      'batch.size': 5,
      largest: Number.MAX_SAFE_INTEGER,
      larger: 2n ** 53n + 1n,
      nested: [{ deep: [-1, 1.5, null] }],
    });
  });

  it('treats __proto__ as an ordinary key', () => {
    const record = attributeRecord([
      { key: '__proto__', value: { pairs: [{ key: 'name', value: 'spoilt' }] } },
    ]);
    expect(Object.keys(record)).toEqual(['__proto__']);
    expect(record['name']).toBeUndefined();
  });
});
