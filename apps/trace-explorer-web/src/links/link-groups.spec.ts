import type { LinkRollUp } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { attributeGroups, linkGroups } from './link-groups.ts';

const rollUp: LinkRollUp = {
  total: 40,
  resolved: 37,
  unresolved: { not_received: 3 },
  byStatus: { unset: 0, ok: 35, error: 2 },
  services: [
    { service: 'orders-api', count: 30 },
    { service: '', count: 5 },
  ],
  waits: [],
  gap: null,
};

describe('groups of links', () => {
  it('by service say how many they leave out', () => {
    const { groups, ungrouped } = linkGroups('service', rollUp, 'out', []);
    expect(groups.map(({ title, count }) => [title, count])).toEqual([
      ['orders-api', 30],
      ['No service name', 5],
      ['Not here', 3],
    ]);
    expect(ungrouped).toBe(2);
  });

  it('by status start with the errors and leave out empty groups', () => {
    const { groups } = linkGroups('status', rollUp, 'out', []);
    expect(groups.map(({ title, search }) => [title, search])).toEqual([
      ['Error', { status: 'error' }],
      ['OK', { status: 'ok' }],
      ['Not here', { resolved: false }],
    ]);
  });

  it('by relation use the counts of the server', () => {
    const { groups, ungrouped } = linkGroups('relation', rollUp, 'in', [30, 0, 6]);
    expect(groups.map(({ title, count }) => [title, count])).toEqual([
      ['works on it', 30],
      ['next attempt', 6],
    ]);
    expect(ungrouped).toBe(4);
  });

  it('by an attribute are its values, and last the links without it', () => {
    const groups = [
      { value: 'o-1', count: 2, errors: 1 },
      { value: '', count: 1, errors: 0 },
      { value: null, count: 3, errors: 0 },
    ];
    const by = 'attr.order.id';
    expect(
      attributeGroups({ by, groups, rest: { values: 0, links: 0 } }).map(({ title, search }) => [
        title,
        search,
      ]),
    ).toEqual([
      ['o-1', { by, value: 'o-1' }],
      ['order.id is empty', { by, value: '' }],
      ['without order.id', { without: by }],
    ]);
  });
});
