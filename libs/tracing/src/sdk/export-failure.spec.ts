import { describe, expect, it } from 'vitest';
import { ExportError, FailureCauses, failureOf } from './export-failure.ts';

describe('failureOf', () => {
  it.each([
    [
      Object.assign(new Error('no connection'), { code: 14 }),
      { reason: '14 no connection', cause: '14', retryable: true },
    ],
    [
      Object.assign(new Error('certificate'), { code: 'CERT_HAS_EXPIRED' }),
      { reason: 'CERT_HAS_EXPIRED certificate', cause: 'CERT_HAS_EXPIRED', retryable: false },
    ],
    [new TypeError(''), { reason: 'TypeError', cause: 'TypeError', retryable: false }],
    ['a string', { reason: 'export failed', cause: '_OTHER', retryable: false }],
    [undefined, { reason: 'export failed', cause: '_OTHER', retryable: false }],
  ])('reads %s', (error, expected) => {
    expect(failureOf(error)).toEqual(expected);
  });

  it('takes the word of an ExportError', () => {
    const failure = { reason: 'HTTP 503', cause: '503', retryable: true };
    expect(failureOf(new ExportError(failure))).toBe(failure);
  });
});

describe('FailureCauses', () => {
  it('adds up spans by cause, and puts what would be too many under one', () => {
    const causes = new FailureCauses();
    for (let code = 0; code < 30; code++) causes.add(String(code), 1);
    causes.add('0', 5);
    expect(Object.fromEntries(causes.entries())).toMatchObject({ 0: 6, 19: 1, _OTHER: 10 });
    expect([...causes.entries()]).toHaveLength(21);
  });
});
