import { describe, expect, it } from 'vitest';
import { linkCompleteness, type CompletenessRow } from './link-completeness.ts';

function verdict(row: Partial<CompletenessRow>) {
  const whole = {
    parts: 1,
    kept_over_parts: 0,
    dropped_over_parts: 0,
    sources: 0,
    expected: null,
    missing: null,
  };
  return linkCompleteness({ kept: 0, dropped: 0 }, { ...whole, ...row });
}

describe('linkCompleteness', () => {
  it.each<[string, Partial<CompletenessRow>, string]>([
    ['every source has a link', { expected: 5, sources: 5 }, 'complete'],
    ['there are more links than asked for', { expected: 5, sources: 6 }, 'complete'],
    ['an empty batch', { expected: 0 }, 'complete'],
    [
      'sources without a carrier make up the rest',
      { expected: 5, sources: 3, missing: 2 },
      'missing_sources',
    ],
    ['nothing says why there are fewer', { expected: 5, sources: 3, missing: 1 }, 'short'],
    ['nothing says how many there should be', { sources: 3 }, 'unknown'],
    ['what should be a number is none', { expected: 'many', sources: 3 }, 'unknown'],
    ['the SDK dropped links', { expected: 5, sources: 3, missing: 2, dropped_over_parts: 1 }, 'dropped'],
    ['the SDK dropped links of nobody knows how many', { dropped_over_parts: 1 }, 'dropped'],
  ])('where %s', (_, row, expected) => {
    expect(verdict(row).verdict).toBe(expected);
  });

  it('never returns a count below zero', () => {
    expect(verdict({ expected: -1, missing: -3 })).toMatchObject({ expected: null, missing: 0 });
  });
});
