import type { GraphNode, LinkGraph } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { withStableFolds } from './stable-folds.ts';

const fold = (id: string, traceCount: number, name = 'receive-order'): GraphNode => ({
  kind: 'fold',
  id,
  depth: 1,
  service: 'orders-api',
  name,
  traceCount,
  errorCount: 0,
  startTime: '1000',
  endTime: '2000',
  traceIds: [],
  notable: { slowest: '', fastest: '', failed: [], longestWait: '' },
});
const graph = (...folds: GraphNode[]): LinkGraph => ({
  focus: 'batch',
  nodes: folds,
  edges: folds.map(({ id }) => ({ from: 'batch', to: id, linkCount: 9, relations: [] })),
  truncated: false,
});

describe('the name of a fold', () => {
  it('stays while the fold grows', () => {
    const before = withStableFolds(graph(fold('fold:1', 37)));
    const after = withStableFolds(graph(fold('fold:2', 38)));
    expect(after.nodes[0]?.id).toBe(before.nodes[0]?.id);
    expect(after.edges[0]?.to).toBe(after.nodes[0]?.id);
  });

  it('differs between folds', () => {
    const { nodes } = withStableFolds(graph(fold('fold:1', 37), fold('fold:2', 37, 'cancel-order')));
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(2);
  });

  it('differs between folds that look the same', () => {
    const alike = { ...graph(fold('fold:1', 37), fold('fold:2', 40)) };
    const { nodes } = withStableFolds(alike);
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(2);
  });
});
