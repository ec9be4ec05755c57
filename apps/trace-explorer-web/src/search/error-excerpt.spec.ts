import { describe, expect, it } from 'vitest';
import { errorExcerpt } from './error-excerpt.ts';

describe('the excerpt of a wrong query', () => {
  it('separates the error from the text around it', () => {
    expect(errorExcerpt('a=1 status=bad b=2', { from: 11, to: 14 })).toEqual({
      before: 'a=1 status=',
      wrong: 'bad',
      after: ' b=2',
    });
  });

  it('shows a blank if something is missing', () => {
    expect(errorExcerpt('name=', { from: 5, to: 5 }).wrong).toBe(' ');
  });

  it('is short for a query of any length', () => {
    const long = 'x'.repeat(500);
    const { before, wrong, after } = errorExcerpt(long, { from: 200, to: 300 });
    expect([before.length, wrong.length, after.length]).toEqual([32, 64, 32]);
    expect(errorExcerpt('abc', { from: 9, to: 20 })).toEqual({ before: 'abc', wrong: ' ', after: '' });
  });
});
