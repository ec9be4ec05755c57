import type { TraceSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import type { FoldNode, ShownGraph } from './shown-graph.ts';
import { unfold } from './unfold.ts';

const summary = (traceId: string, startTime: string, errorCount = 0): TraceSummary => ({
  traceId,
  root: {
    spanId: 'b',
    service: 'orders-api',
    name: 'receive-order',
    kind: 'server',
    status: 'ok',
    received: true,
  },
  startTime,
  durationNs: 5,
  spanCount: 3,
  errorCount,
  linkCount: 0,
  backlinkCount: 1,
  services: ['orders-api'],
  error: null,
});
const fold = (traceCount: number): FoldNode => ({
  kind: 'fold',
  id: 'fold:a',
  key: 'a',
  isRest: false,
  depth: 1,
  service: 'orders-api',
  name: 'receive-order',
  traceCount,
  errorCount: 1,
  startTime: '100',
  endTime: '400',
  traceIds: ['x', 'y'],
  notable: { slowest: 'x', fastest: 'y', failed: [], longestWait: 'x' },
});
const batch = { kind: 'trace', id: 'batch', depth: 0, ...summary('batch', '900') } as const;
const graph = (node: FoldNode, linkCount: number): ShownGraph => ({
  focus: 'batch',
  nodes: [node, batch],
  edges: [{ from: 'batch', to: 'fold:a', linkCount, relations: [{ relation: 'origin', count: linkCount }] }],
  truncated: false,
});
const members = [summary('y', '300', 1), summary('x', '100')];

describe('unfolding', () => {
  it('shows every member, in time order, with its link', () => {
    const { nodes, edges } = unfold(graph(fold(2), 2), fold(2), members);
    expect(nodes.map(({ id }) => id)).toEqual(['x', 'y', 'batch']);
    expect(edges).toEqual([
      { from: 'batch', to: 'y', linkCount: 1, relations: [{ relation: 'origin', count: 1 }] },
      { from: 'batch', to: 'x', linkCount: 1, relations: [{ relation: 'origin', count: 1 }] },
    ]);
  });

  it('keeps the rest folded', () => {
    const { nodes, edges } = unfold(graph(fold(10_000), 10_000), fold(10_000), members);
    expect(nodes.find(({ kind }) => kind === 'fold')).toMatchObject({
      traceCount: 9_998,
      errorCount: 0,
      isRest: true,
    });
    expect(edges.map(({ linkCount }) => linkCount)).toEqual([1, 1, 9_998]);
  });

  it('does not guess how many links each has', () => {
    const { edges } = unfold(graph(fold(2), 5), fold(2), members);
    expect(edges.map(({ linkCount }) => linkCount)).toEqual([null, null]);
  });

  it('changes nothing before its members are known', () => {
    const before = graph(fold(2), 2);
    expect(unfold(before, fold(2), [])).toBe(before);
  });
});
