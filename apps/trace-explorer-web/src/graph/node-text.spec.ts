import { expect, it } from 'vitest';
import { edgeLabel, relationList } from './edge-label.ts';
import { edgePath, arrowHead } from './edge-path.ts';
import { nodeSentence, nodeText } from './node-text.ts';
import type { ShownGraph, TraceNode } from './shown-graph.ts';
import { withTelling } from './telling-nodes.ts';

const edge = { from: 'a', to: 'b', linkCount: 12, relations: [{ relation: 'origin', count: 12 }] };

it('labels an edge with its count and relation', () => {
  expect(edgeLabel(edge)).toBe('12 × origin');
  expect(edgeLabel({ ...edge, linkCount: 1 })).toBe('origin');
  expect(edgeLabel({ ...edge, linkCount: null })).toBe('origin');
  expect(edgeLabel({ ...edge, linkCount: 1, relations: [{ relation: '', count: 1 }] })).toBe('1 link');
  const mixed = [
    { relation: 'origin', count: 12 },
    { relation: 'previous_attempt', count: 1 },
  ];
  expect(edgeLabel({ ...edge, linkCount: 13, relations: mixed })).toBe('13 × origin +1');
  expect(relationList({ ...edge, relations: mixed })).toBe('12 × origin, 1 × previous attempt');
});

it('says why a target is missing', () => {
  const ghost = {
    kind: 'unresolved',
    id: 'unresolved:evicted',
    depth: 1,
    reason: 'evicted',
    traceCount: 3,
    traceIds: [],
  } as const;
  expect(nodeText(ghost).title).toBe('3 traces no longer kept');
  expect(nodeSentence(ghost)).toContain('retention');
});

it('counts folded traces', () => {
  const fold = {
    kind: 'fold',
    id: 'fold:a',
    key: 'a',
    isRest: false,
    depth: 1,
    service: 'orders-api',
    name: 'receive-order',
    traceCount: 10_000,
    errorCount: 2,
    startTime: '1763800000000000000',
    endTime: '1763800015000000000',
    traceIds: [],
    notable: { slowest: '', fastest: '', failed: [], longestWait: '' },
  } as const;
  expect(nodeText(fold)).toMatchObject({ title: '10,000 × receive-order', errors: '2 with errors' });
  expect(nodeText({ ...fold, isRest: true }).title).toBe('10,000 more receive-order');
  expect(nodeText(fold).facts).toMatch(/within 15 s$/);
});

const trace = (n: number): TraceNode => ({
  kind: 'trace',
  id: String(n),
  traceId: String(n),
  depth: 1,
  root: {
    spanId: 'a',
    service: 'orders-api',
    name: 'receive-order',
    kind: 'server',
    status: 'unset',
    received: true,
  },
  startTime: '1763800000000000000',
  durationNs: 5_000_000,
  spanCount: 2,
  errorCount: 0,
  linkCount: 0,
  backlinkCount: 1,
  services: ['orders-api'],
  error: null,
});

it('tells traces of one kind apart by the attribute that differs', () => {
  const graph: ShownGraph = {
    focus: '1',
    nodes: [trace(1), trace(2), trace(3)],
    edges: [],
    truncated: false,
  };
  const names = new Map([
    ['1', { 'order.id': 'o-1', 'customer.id': 'c' }],
    ['2', { 'order.id': 'o-2', 'customer.id': 'c' }],
  ]);
  const { nodes } = withTelling(graph, names);
  expect(nodes.map((node) => nodeText(node).title)).toEqual([
    'receive-order o-1',
    'receive-order o-2',
    'receive-order',
  ]);
  expect(nodeSentence(nodes[0]!)).toContain('order.id o-1');
});

it('draws lines that start and end horizontally', () => {
  expect(edgePath({ x: 0, y: 0 }, [], { x: 100, y: 40 })).toBe('M0,0C50,0 50,40 100,40');
  expect(arrowHead({ x: 10, y: 5 }, true)).toBe('10,5 19,0.5 19,9.5');
});
