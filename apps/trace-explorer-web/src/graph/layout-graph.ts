import type { LayoutInput } from './dagre-input.ts';
import type { GraphLayout } from './graph-layout.ts';
import { orderTwins } from './order-twins.ts';
import type { Point } from '../picture/use-picture-zoom.ts';

const MARGIN = 28;

/**
 * Lays the graph out. The engine is loaded for the first graph, because the trace list does not
 * need it.
 */
export async function layoutGraph(input: LayoutInput): Promise<GraphLayout> {
  const { nodes, edges } = input;
  const { Graph, layout } = await import('@dagrejs/dagre');
  const graph = new Graph({ multigraph: true });
  graph.setGraph({
    rankdir: 'LR',
    nodesep: 14,
    edgesep: 12,
    ranksep: 60,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const { key, left, right, labelWidth, labelHeight } of edges) {
    graph.setEdge(left, right, { width: labelWidth, height: labelHeight, labelpos: 'c' }, key);
  }
  layout(graph);
  return orderTwins(input, {
    ...sizeOf(graph.graph() as { width?: number; height?: number }),
    places: new Map(nodes.map(({ id }) => [id, pointOf(graph.node(id) as Point)])),
    lines: new Map(
      edges.map(({ key, left, right }) => {
        const line = graph.edge(left, right, key) as Point & { points: Point[] };
        return [key, { bends: line.points.slice(1, -1), label: pointOf(line) }];
      }),
    ),
  });
}

function pointOf({ x, y }: Partial<Point>): Point {
  return { x: x ?? 0, y: y ?? 0 };
}

function sizeOf({ width = 0, height = 0 }: { width?: number; height?: number }) {
  return { width: Math.ceil(width), height: Math.ceil(height) };
}
