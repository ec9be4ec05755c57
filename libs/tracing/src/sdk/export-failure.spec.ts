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
      { reason: 'CERT_HAS_EXPIRED certificate', cause: 'CERT_HAS_EXPIRED', retryable: true },
    ],
    [new TypeError(''), { reason: 'TypeError', cause: 'TypeError', retryable: false }],
    [
      Object.assign(new Error('Unauthorized'), { code: 401 }),
      { reason: '401 Unauthorized', cause: '401', retryable: false },
    ],
    [
      Object.assign(new Error('Too Many Requests'), { code: 429 }),
      { reason: '429 Too Many Requests', cause: '429', retryable: true },
    ],
    [
      Object.assign(new Error('message larger than max'), { code: 8 }),
      { reason: '8 message larger than max', cause: '8', retryable: false },
    ],
    [
      new Error('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) }),
      { reason: 'ECONNREFUSED fetch failed', cause: 'ECONNREFUSED', retryable: true },
    ],
    [new Error('Request timed out'), { reason: 'Request timed out', cause: 'Error', retryable: true }],
    ['a string', { reason: 'export failed', cause: '_OTHER', retryable: true }],
    [undefined, { reason: 'export failed', cause: '_OTHER', retryable: true }],
  ])('reads %s', (error, expected) => {
    expect(failureOf(error)).toEqual(expected);
  });

  it('uses the verdict of an ExportError', () => {
    const failure = { reason: 'HTTP 503', cause: '503', retryable: true };
    expect(failureOf(new ExportError(failure))).toBe(failure);
  });
});

describe('FailureCauses', () => {
  it('adds up spans by cause, and joins the excess causes into one', () => {
    const causes = new FailureCauses();
    for (let code = 0; code < 30; code++) causes.add(String(code), 1);
    causes.add('0', 5);
    expect(Object.fromEntries(causes.entries())).toMatchObject({ 0: 6, 19: 1, _OTHER: 10 });
    expect([...causes.entries()]).toHaveLength(21);
  });
});
