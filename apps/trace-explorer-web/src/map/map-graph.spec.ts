import type { LinkMap, MapNode } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { lineLabel, nodeQuery, rate, share, shownMap } from './map-graph.ts';

const node = (id: number, operation: string, service = 'shop'): MapNode => ({
  id,
  service,
  operation,
  kind: 'internal',
  count: 60,
  errors: 0,
  p50Ns: 1e6,
  p95Ns: 2e6,
  maxNs: 3e6,
  fanIn: null,
});
const link = (id: number, from: number, to: number) => ({
  ...{ id, from, to, relation: 'origin', count: 120, errors: 3 },
  ...{ p50Ns: 1e9, p95Ns: 4.2e9, maxNs: 9e9 },
});
const MAP: LinkMap = {
  from: '0',
  since: '0',
  to: String(60 * 60e9),
  pendingSpans: 0,
  nodes: [node(1, 'POST /orders'), node(2, 'receive-order'), node(3, 'validate'), node(4, 'batch', 'worker')],
  calls: [
    { from: 1, to: 2, count: 60, errors: 0 },
    { from: 2, to: 3, count: 60, errors: 0 },
  ],
  links: [link(7, 2, 4), link(8, 4, 4)],
  waiting: [{ from: 2, to: 4, count: 5, oldest: '0', journeyId: 'a' }],
  truncated: false,
};

describe('the map that is drawn', () => {
  it('has both ends of links and their callers, and inner operations only on request', () => {
    const { nodes, lines, hidden, ownLinks, waitingAt } = shownMap(MAP, false);
    expect(nodes.map(({ operation }) => operation)).toEqual(['POST /orders', 'receive-order', 'batch']);
    expect(lines.map(({ key }) => key)).toEqual(['c 1 2', 'l 7']);
    expect(hidden).toBe(1);
    expect(ownLinks.get(4)?.id).toBe(8);
    expect(waitingAt.get(4)?.count).toBe(5);
    expect(shownMap(MAP, true).nodes).toHaveLength(4);
  });

  it('shows everything if there are no links', () => {
    expect(shownMap({ ...MAP, links: [], waiting: [] }, false).nodes).toHaveLength(4);
  });
});

it('formats rates and shares in few digits', () => {
  expect([rate(120, 60), rate(12_000, 60), rate(5, 60), rate(90, 60)]).toEqual([
    '2/min',
    '3.3/s',
    '5 in all',
    '1.5/min',
  ]);
  expect([share(0, 10), share(1, 40), share(1, 3)]).toEqual(['0 %', '2.5 %', '33 %']);
  const [, line] = shownMap(MAP, false).lines;
  expect(lineLabel(line!, 60)).toBe('2/min, p95 4.2 s ✗');
});

it('leads to the journeys of an operation with any name', () => {
  expect(nodeQuery({ service: 'shop', operation: 'POST /orders' })).toBe('service=shop name="POST /orders"');
});
