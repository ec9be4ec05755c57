import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  attributeCondition,
  equalDocuments,
  plainNumber,
  type AttributeTerm,
} from './attribute-condition.ts';
import { SqlParameters } from './sql-parameters.ts';

describe('the possible readings of a value of =', () => {
  it.each([
    ['abc', ['{"k":"abc"}']],
    ['42', ['{"k":"42"}', '{"k":42}']],
    ['-1.5e3', ['{"k":"-1.5e3"}', '{"k":-1500}']],
    ['9223372036854775807', ['{"k":"9223372036854775807"}', '{"k":9223372036854775807}']],
    ['true', ['{"k":"true"}', '{"k":true}']],
    ['null', ['{"k":"null"}']],
    ['042', ['{"k":"042"}']],
    ['1e999999', ['{"k":"1e999999"}']],
    ['a"\0', ['{"k":"a\\"\ufffd"}']],
  ])('%j', (value, documents) => {
    const inLists = documents.map((document) => document.replace(/:(.*)\}$/s, ':[$1]}'));
    expect(equalDocuments('k', value)).toEqual(documents.flatMap((document, n) => [document, inLists[n]]));
  });

  it('is JSON for any key and value', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (key, value) => {
        for (const document of equalDocuments(key, value))
          expect(Object.keys(JSON.parse(document) as object)).toHaveLength(1);
      }),
    );
  });
});

describe('a number in a query', () => {
  it('is never infinite', () => {
    expect(['1e400', 'NaN', 'Infinity', '0x10', ' 1', ''].map(plainNumber)).toEqual(Array(6).fill(undefined));
  });
});

describe('a condition', () => {
  it('never has text of a user in its SQL', () => {
    const operator = fc.constantFrom('=', '!=', '~', '!~', '>', '<=' as const);
    fc.assert(
      fc.property(fc.string(), fc.string(), operator, (key, value, chosen) => {
        const marked = { key: `«${key}»`, values: [`«${value}»`] };
        const term = { field: 'attribute', operator: chosen, ...marked, from: 0, to: 0 } as AttributeTerm;
        expect(attributeCondition('s.attributes', term, new SqlParameters())).not.toMatch(/[«»]/);
      }),
    );
  });
});
