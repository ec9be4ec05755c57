import type { TraceSummary } from '@span-links/explorer-api';
import { byTime, type FoldNode, type ShownEdge, type ShownGraph, type ShownNode } from './shown-graph.ts';

/** Shows members of a fold one by one. Members that are not in `members` stay folded. */
export function unfold(graph: ShownGraph, fold: FoldNode, members: readonly TraceSummary[]): ShownGraph {
  const shown = new Set(graph.nodes.map(({ id }) => id));
  const added = members.filter(({ traceId }) => !shown.has(traceId));
  if (added.length === 0) return graph;
  const rest = restOf(fold, added);
  const nodes: ShownNode[] = added.map((member) => ({
    kind: 'trace',
    id: member.traceId,
    depth: fold.depth,
    ...member,
  }));
  return {
    ...graph,
    nodes: [...graph.nodes.filter(({ id }) => id !== fold.id), ...nodes, ...rest].sort(byTime),
    edges: graph.edges.flatMap((edge) => split(edge, fold, added, rest)),
  };
}

function restOf(fold: FoldNode, members: readonly TraceSummary[]): FoldNode[] {
  const traceCount = fold.traceCount - members.length;
  if (traceCount <= 0) return [];
  const errors = members.filter(({ errorCount }) => errorCount > 0).length;
  return [{ ...fold, traceCount, errorCount: Math.max(0, fold.errorCount - errors), isRest: true }];
}

function split(
  edge: ShownEdge,
  fold: FoldNode,
  members: readonly TraceSummary[],
  rest: readonly FoldNode[],
): ShownEdge[] {
  const isFrom = edge.from === fold.id;
  if (!isFrom && edge.to !== fold.id) return [edge];
  // Each member has at least one link, so if there are as many links as traces, each has one. Any
  // other sum could be distributed in many ways.
  const isOneEach = edge.linkCount === fold.traceCount;
  const [first] = edge.relations;
  const part = (id: string, count: number): ShownEdge => ({
    ...(isFrom ? { from: id, to: edge.to } : { from: edge.from, to: id }),
    linkCount: isOneEach ? count : null,
    relations: first && edge.relations.length === 1 ? [{ relation: first.relation, count }] : [],
  });
  return [
    ...members.map(({ traceId }) => part(traceId, 1)),
    ...rest.map(({ id, traceCount }) => part(id, traceCount)),
  ];
}
