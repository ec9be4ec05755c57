import type { SpanSummary } from '@span-links/explorer-api';
import { expect, it } from 'vitest';
import { serviceCounts } from './service-counts.ts';

const span = (service: string, status: string) => ({ service, status }) as unknown as SpanSummary;

it('counts spans and errors of each service, busiest first', () => {
  const spans = [
    span('b', 'ok'),
    span('a', 'error'),
    span('c', 'ok'),
    span('b', 'error'),
    span('b', 'error'),
  ];
  expect(serviceCounts(spans)).toEqual([
    { service: 'b', spans: 3, errors: 2 },
    { service: 'a', spans: 1, errors: 1 },
    { service: 'c', spans: 1, errors: 0 },
  ]);
});
