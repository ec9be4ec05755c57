import type { ErrorGroup } from '@span-links/explorer-api';
import { expect, it } from 'vitest';
import { errorRows } from './error-groups.ts';

const group = (operation: string, message: string | null, count: number, last: number): ErrorGroup => ({
  service: 'shop',
  operation,
  exception: message === null ? null : 'Error',
  message,
  count,
  first: '1',
  last: String(last),
  traceId: `t${last}`,
  spanId: `s${last}`,
});
const GROUPS = [group('pay', 'declined', 3, 10), group('ship', 'declined', 2, 20), group('pay', null, 4, 5)];

it('groups errors by their text, from any source', () => {
  const rows = errorRows(GROUPS, 'message');
  expect(rows.map(({ title, count }) => [title, count])).toEqual([
    ['declined', 5],
    ['no message', 4],
  ]);
  expect(rows[0]).toMatchObject({ latest: { traceId: 't20' }, sources: ['shop pay', 'shop ship'] });
  expect(rows[0]!.query).toBe('service=shop name=pay,ship status=error');
});

it('groups errors by operation, by exception and by service', () => {
  expect(errorRows(GROUPS, 'operation').map(({ title, count }) => [title, count])).toEqual([
    ['pay', 7],
    ['ship', 2],
  ]);
  expect(errorRows(GROUPS, 'exception').map(({ title }) => title)).toEqual([
    'Error',
    'no exception recorded',
  ]);
  expect(errorRows(GROUPS, 'service')).toMatchObject([{ title: 'shop', count: 9, sources: ['pay', 'ship'] }]);
});
