import { describe, expect, it } from 'vitest';
import { recentSearches, withRecent } from './recent-searches.ts';

describe('recent searches', () => {
  it('have the latest first, each once', () => {
    expect(withRecent(['b', 'a'], ' a ')).toEqual(['a', 'b']);
  });

  it('are few, and never empty', () => {
    const many = Array.from({ length: 8 }, (_, index) => String(index));
    expect(withRecent(many, 'x')).toEqual(['x', ...many.slice(0, 7)]);
    expect(withRecent(many, ' ')).toBe(many);
  });

  it('are empty if there is no storage', () => {
    expect(recentSearches()).toEqual([]);
  });
});
