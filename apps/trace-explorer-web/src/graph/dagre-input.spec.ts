import type { TraceSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { dagreInput } from './dagre-input.ts';
import { layoutGraph } from './layout-graph.ts';
import { byTime, type ShownGraph, type ShownNode } from './shown-graph.ts';

const trace = (id: string, startTime: string): ShownNode =>
  ({
    kind: 'trace',
    id,
    depth: 0,
    traceId: id,
    root: { spanId: 'b', service: 's', name: id, kind: 'server', status: 'ok', received: true },
    startTime,
    durationNs: 5,
    spanCount: 1,
    errorCount: 0,
    linkCount: 0,
    backlinkCount: 0,
    services: [],
    error: null,
  }) satisfies ShownNode & TraceSummary;
const link = (from: string, to: string) => ({ from, to, linkCount: 1, relations: [] });
const graph = (nodes: ShownNode[], edges: ShownGraph['edges']): ShownGraph => ({
  focus: nodes[0]!.id,
  nodes: nodes.sort(byTime),
  edges,
  truncated: false,
});

describe('the layout of links', () => {
  it('has time from left to right for links in any direction', () => {
    const { edges } = dagreInput(
      graph([trace('batch', '900'), trace('order', '100')], [link('batch', 'order'), link('order', 'batch')]),
    );
    expect(edges).toMatchObject([
      { left: 'order', right: 'batch', isTurned: true },
      { left: 'order', right: 'batch', isTurned: false },
    ]);
    expect(new Set(edges.map(({ key }) => key)).size).toBe(2);
  });

  it('puts missing targets before the traces that link to them', () => {
    const ghost: ShownNode = {
      kind: 'unresolved',
      id: 'unresolved:evicted',
      depth: 1,
      reason: 'evicted',
      traceCount: 3,
      traceIds: [],
    };
    const { edges } = dagreInput(graph([trace('batch', '900'), ghost], [link('batch', ghost.id)]));
    expect(edges[0]).toMatchObject({ left: ghost.id, right: 'batch' });
  });

  it('draws no edge within one trace or to a missing node', () => {
    const { edges } = dagreInput(graph([trace('a', '1')], [link('a', 'a'), link('a', 'gone')]));
    expect(edges).toEqual([]);
  });

  it('places a fan-out, its branches and their join from left to right', async () => {
    const nodes = ['start', 'one', 'two', 'three', 'four', 'join'].map((id, place) =>
      trace(id, String(100 + place)),
    );
    const branches = ['one', 'two', 'three', 'four'];
    const edges = branches.flatMap((branch) => [link(branch, 'start'), link('join', branch)]);
    const { places, lines } = await layoutGraph(dagreInput(graph(nodes, edges)));
    const x = (id: string) => places.get(id)?.x ?? 0;
    expect(branches.every((branch) => x('start') < x(branch) && x(branch) < x('join'))).toBe(true);
    expect(new Set(branches.map(x)).size).toBe(1);
    expect(lines.size).toBe(8);
  });

  it('places the sources of a batch in time order from top to bottom', async () => {
    const sources = Array.from({ length: 12 }, (_, place) => trace(`order-${place}`, String(100 + place)));
    const edges = sources.map(({ id }) => link('batch', id));
    const { places } = await layoutGraph(dagreInput(graph([...sources, trace('batch', '900')], edges)));
    const heights = sources.map(({ id }) => places.get(id)?.y ?? 0);
    expect(heights).toEqual([...heights].sort((a, b) => a - b));
  });
});
