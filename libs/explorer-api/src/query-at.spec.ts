import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { operatorsAfter, queryPointAt } from './query-at.ts';

/** The bar marks the cursor. */
function at(marked: string) {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  const point = queryPointAt(text, offset);
  return { ...point, replace: text.slice(point.replace.from, point.replace.to) };
}

describe('the place of the cursor in a query', () => {
  it.each([
    ['|', { kind: 'key', typed: '', replace: '' }],
    ['a=1 |', { kind: 'key', typed: '', replace: '' }],
    ['a=1 | b=2', { kind: 'key', typed: '', replace: '' }],
    ['ser|', { kind: 'key', typed: 'ser', replace: 'ser' }],
    ['-ha|', { kind: 'key', typed: 'ha', replace: 'ha' }],
    ['a=1 link.span|links b=2', { kind: 'key', typed: 'link.span', replace: 'link.spanlinks' }],
    ['status=|', { kind: 'value', key: 'status', operator: '=', typed: '', replace: '' }],
    ['status=er|', { kind: 'value', key: 'status', operator: '=', typed: 'er', replace: 'er' }],
    ['service=a,b|c d', { kind: 'value', key: 'service', operator: '=', typed: 'b', replace: 'bc' }],
    [
      'name="process b|',
      { kind: 'value', key: 'name', operator: '=', typed: 'process b', replace: '"process b' },
    ],
    ['has:|', { kind: 'value', key: 'has', operator: ':', typed: '', replace: '' }],
  ])('%s', (marked, expected) => {
    expect(at(marked)).toEqual(expected);
  });

  it('is found in any text at any offset, and is within the text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'ab=~:"\\ ,-.>') }),
        fc.integer({ min: -2, max: 40 }),
        (text, offset) => {
          const { replace } = queryPointAt(text, offset);
          expect(replace.from).toBeGreaterThanOrEqual(0);
          expect(replace.to).toBeLessThanOrEqual(text.length);
          expect(replace.from).toBeLessThanOrEqual(replace.to);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('knows the operators that may follow', () => {
    expect(operatorsAfter('status')).toEqual(['=', '!=']);
    expect(operatorsAfter('order.id')).toContain('>=');
  });
});
