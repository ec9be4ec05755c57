import type { Attribute, ResolvedLink } from '@span-links/explorer-api';
import { expect, it } from 'vitest';
import { tellingKey, tellingValue } from './telling-attribute.ts';

const link = (values: Readonly<Record<string, string>>): ResolvedLink => ({
  index: 0,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceState: '',
  flags: 0x101,
  attributes: Object.entries(values).map(([key, value]): Attribute => ({ key, type: 'string', value })),
  droppedAttributesCount: 0,
  isSelf: false,
  isDuplicate: false,
  gapNs: null,
  other: { resolved: false, reason: 'not_received' },
});

it('distinguishes links by the attribute that differs most, and by an id before others', () => {
  const links = [
    link({ 'spanlinks.relation': 'origin', region: 'eu', 'order.id': '1', 'order.note': 'x' }),
    link({ 'spanlinks.relation': 'origin', region: 'eu', 'order.id': '2', 'order.note': 'y' }),
  ];
  expect(tellingKey(links)).toBe('order.id');
  expect(links.map((one) => tellingValue(one, 'order.id'))).toEqual(['1', '2']);
});

it('finds none if nothing differs, or if few links have it', () => {
  expect(tellingKey([link({ region: 'eu' }), link({ region: 'eu' })])).toBeUndefined();
  expect(tellingKey([link({ a: '1' }), link({}), link({})])).toBeUndefined();
  expect(tellingValue(link({}), 'a')).toBe('');
});
