import type { LinkRollUp } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { linkGroups } from './link-groups.ts';

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
});
