import { expect, it } from 'vitest';
import { newestRejection, rejectionFacts, rejectionHeadline } from './rejection-text.ts';

const rejection = {
  reason: 'content_encoding',
  title: 'unsupported encoding',
  count: 1_045,
  firstTime: '2026-11-29T10:00:00.000Z',
  lastTime: '2026-11-29T10:05:00.000Z',
  last: {
    protocol: 'http' as const,
    status: '415',
    message: 'send gzip',
    sender: '10.0.0.5',
    service: 'orders',
    userAgent: 'sdk/1',
  },
};

it('says how many requests were rejected, why, and who sent the last one', () => {
  expect(rejectionHeadline(rejection)).toBe('1,045 requests rejected: unsupported encoding');
  expect(rejectionHeadline({ ...rejection, count: 1 })).toBe('1 request rejected: unsupported encoding');
  expect(rejectionFacts(rejection)).toMatch(
    /^The last at \d\d:05:00 \S+ from service orders, 10\.0\.0\.5, sdk\/1; answered with HTTP 415$/,
  );
  const unknown = { ...rejection, last: { ...rejection.last, service: null, userAgent: null } };
  expect(rejectionFacts(unknown)).toMatch(/from 10\.0\.0\.5; answered with HTTP 415$/);
});

it('knows the newest of several', () => {
  const later = { ...rejection, lastTime: '2026-11-29T10:06:00.000Z' };
  expect(newestRejection([rejection, later, rejection])).toBe(later.lastTime);
});
