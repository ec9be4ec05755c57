import { useMemo } from 'react';
import type { ShownGraph } from '../graph/shown-graph.ts';
import { unfold } from '../graph/unfold.ts';
import { useFoldMembers } from '../graph/use-open-folds.ts';
import { chosenSources, closedFolds, type LaneReason } from './chosen-sources.ts';

export interface ChosenGraph {
  readonly graph: ShownGraph;
  /** Why a trace is shown, by trace. */
  readonly reasons: ReadonlyMap<string, readonly LaneReason[]>;
}

/** Takes the traces that matter out of each closed fold. The fold keeps the rest. */
export function useChosenSources(graph: ShownGraph | undefined): ChosenGraph | undefined {
  const folds = useMemo(
    () => (graph ? closedFolds(graph) : []).map((fold) => ({ fold, chosen: chosenSources(fold) })),
    [graph],
  );
  const asked = useMemo(
    () => folds.map(({ fold, chosen }) => ({ ...fold, traceIds: [...chosen.keys()] })),
    [folds],
  );
  const members = useFoldMembers(graph?.focus ?? '', asked);
  return useMemo(() => {
    if (!graph) return undefined;
    return {
      graph: folds.reduce((shown, { fold }) => unfold(shown, fold, members.get(fold.id) ?? []), graph),
      reasons: new Map(folds.flatMap(({ chosen }) => [...chosen])),
    };
  }, [graph, folds, members]);
}
