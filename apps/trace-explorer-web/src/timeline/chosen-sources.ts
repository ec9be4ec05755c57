import type { FoldNode, ShownGraph } from '../graph/shown-graph.ts';

/** Why the timeline shows a trace of a fold as a lane of its own. */
export type LaneReason = 'failed' | 'longest wait' | 'slowest' | 'fastest';

/** The traces of a fold that get a lane each, most telling first. The others stay in the strip. */
export function chosenSources({ notable }: Pick<FoldNode, 'notable'>): ReadonlyMap<string, LaneReason[]> {
  const { failed, longestWait, slowest, fastest } = notable;
  const chosen = new Map<string, LaneReason[]>();
  const choose = (traceId: string, reason: LaneReason) =>
    chosen.set(traceId, [...(chosen.get(traceId) ?? []), reason]);
  for (const traceId of failed) choose(traceId, 'failed');
  choose(longestWait, 'longest wait');
  choose(slowest, 'slowest');
  // In a fold of equals, the first is both. It is no news then.
  if (fastest !== slowest) choose(fastest, 'fastest');
  return chosen;
}

/** The closed folds of a graph, without what an open fold leaves over. */
export function closedFolds({ nodes }: ShownGraph): FoldNode[] {
  return nodes.filter((node): node is FoldNode => node.kind === 'fold' && !node.isRest);
}
