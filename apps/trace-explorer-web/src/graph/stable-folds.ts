import type { GraphEdge, GraphNode, LinkGraph } from '@span-links/explorer-api';
import { foldKey } from '../picture/fold-key.ts';
import { byTime, type ShownGraph, type ShownNode } from './shown-graph.ts';

/**
 * Names each fold by its content: traces of this name with these neighbours. The server's names
 * depend on the members, so a fold that gains a trace would be a new one: it would close while it
 * is read, and its address would be valid only for a moment.
 */
export function withStableFolds({ focus, nodes, edges, truncated }: LinkGraph): ShownGraph {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const shown = nodes.map((node): ShownNode => {
    if (node.kind !== 'fold') return node;
    const key = distinct(foldKey(meaningOf(node, edges)), taken);
    names.set(node.id, `fold:${key}`);
    return { ...node, id: `fold:${key}`, key, isRest: false };
  });
  const nameOf = (id: string) => names.get(id) ?? id;
  return {
    focus,
    nodes: shown.sort(byTime),
    edges: edges.map((edge) => ({ ...edge, from: nameOf(edge.from), to: nameOf(edge.to) })),
    truncated,
  };
}

function meaningOf(
  { id, service, name }: Extract<GraphNode, { kind: 'fold' }>,
  edges: readonly GraphEdge[],
): string {
  const neighbours = edges.flatMap(({ from, to }) =>
    from === id ? [`>${to}`] : to === id ? [`<${from}`] : [],
  );
  return JSON.stringify([service, name, ...neighbours.sort()]);
}

function distinct(key: string, taken: Set<string>): string {
  let free = key;
  for (let copy = 2; taken.has(free); copy++) free = `${key}${copy}`;
  taken.add(free);
  return free;
}
