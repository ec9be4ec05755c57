import { describe, expect, it } from 'vitest';
import { errorText } from './error-text.ts';

describe('errorText', () => {
  it.each([
    [new Error('no room'), 'no room'],
    [new TypeError(''), 'TypeError'],
    [
      new AggregateError([new Error('connect ECONNREFUSED ::1:5432'), new Error('second')], ''),
      'connect ECONNREFUSED ::1:5432',
    ],
    [new AggregateError([new Error('first')], 'two of two failed'), 'two of two failed'],
    ['text', 'text'],
    [undefined, 'undefined'],
  ])('describes %o', (thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });
});
