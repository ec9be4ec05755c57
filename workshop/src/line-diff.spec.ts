import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hunks, lineDiff } from './line-diff.ts';

describe('lineDiff', () => {
  it('keeps every line of both texts in its order', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 12 })
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = lineDiff(before, after);
        const of = (kind: string) => diff.filter((line) => line.kind === ' ' || line.kind === kind);
        expect(
          of('-')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(before);
        expect(
          of('+')
            .map((line) => line.text)
            .join('\n'),
        ).toBe(after);
      }),
    );
  });

  it('shows changed lines with their neighbours, and a gap between', () => {
    const before = ['1', '2', '3', '4', '5', '6', '7', '8', '9'].join('\n');
    const after = ['1', 'two', '3', '4', '5', '6', '7', 'eight', '9'].join('\n');
    const shown = hunks(lineDiff(before, after), 1).map((line) => (line ? line.kind + line.text : '…'));
    expect(shown).toEqual([' 1', '-2', '+two', ' 3', '…', ' 7', '-8', '+eight', ' 9']);
  });
});
