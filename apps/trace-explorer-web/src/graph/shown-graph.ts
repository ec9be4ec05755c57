import type { GraphEdge, GraphNode } from '@span-links/explorer-api';

export type TraceNode = Extract<GraphNode, { kind: 'trace' }> & {
  /** The attribute that tells it from other traces of its kind. */
  readonly telling?: { readonly key: string; readonly value: string };
};
export type FoldNode = Extract<GraphNode, { kind: 'fold' }> & {
  /** Short, for the address. It stays the same while the fold grows. */
  readonly key: string;
  /** True if others of its kind are shown one by one. */
  readonly isRest: boolean;
};
export type UnresolvedNode = Extract<GraphNode, { kind: 'unresolved' }>;
export type ShownNode = TraceNode | FoldNode | UnresolvedNode;

/**
 * Links from one node to another. The spans of `from` have the links. `linkCount` is `null` if only
 * their sum over a fold is known.
 */
export type ShownEdge = Omit<GraphEdge, 'linkCount'> & { readonly linkCount: number | null };

/**
 * The server's graph as it is drawn: folds keep their names while they grow, and open folds are
 * unfolded.
 */
export interface ShownGraph {
  readonly focus: string;
  readonly nodes: readonly ShownNode[];
  readonly edges: readonly ShownEdge[];
  readonly truncated: boolean;
}

/** Sorts by time. Missing targets come first because links lead back in time. */
export function byTime(a: ShownNode, b: ShownNode): number {
  const [first, second] = [timeOf(a), timeOf(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function timeOf(node: ShownNode): bigint {
  return node.kind === 'unresolved' ? -1n : BigInt(node.startTime);
}
