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

const named = (
  names: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): ResolvedLink => ({
  ...link(own),
  other: {
    resolved: true,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    parentSpanId: null,
    service: 'orders-api',
    name: 'receive-order',
    kind: 'server',
    status: 'unset',
    startTime: '1',
    durationNs: 1,
    linkCount: 0,
    droppedLinksCount: 0,
    backlinkCount: 1,
    names,
  },
});

it('takes the attribute from the other end if the link does not tell', () => {
  const links = [
    named({ 'order.id': '1', 'customer.id': 'c' }, { region: 'eu' }),
    named({ 'order.id': '2', 'customer.id': 'c' }, { region: 'eu' }),
    link({ region: 'eu' }),
  ];
  expect(tellingKey(links)).toBe('order.id');
  expect(links.map((one) => tellingValue(one, 'order.id'))).toEqual(['1', '2', '']);
});

it('takes the attribute from the link if both ends tell', () => {
  const links = [
    named({ 'order.id': '1' }, { 'x.number': '7' }),
    named({ 'order.id': '2' }, { 'x.number': '8' }),
  ];
  expect(tellingKey(links)).toBe('x.number');
  expect(tellingKey([named({ 'order.id': '1' })])).toBe('order.id');
});

it('finds none if nothing differs, or if few links have it', () => {
  expect(tellingKey([link({ region: 'eu' }), link({ region: 'eu' })])).toBeUndefined();
  expect(tellingKey([link({ a: '1' }), link({}), link({})])).toBeUndefined();
  expect(tellingValue(link({}), 'a')).toBe('');
});
