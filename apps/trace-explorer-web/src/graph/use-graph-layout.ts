import { useEffect, useState } from 'react';
import { dagreInput } from './dagre-input.ts';
import type { GraphLayout } from './graph-layout.ts';
import { layoutGraph } from './layout-graph.ts';
import type { ShownGraph } from './shown-graph.ts';

/** A graph with its layout. */
export interface LaidOutGraph {
  readonly graph: ShownGraph;
  readonly layout: GraphLayout;
}

/**
 * Lays a graph out in the background. The old graph stays until the next layout is ready. If only
 * numbers changed, as while traces grow, every box keeps its place and nothing is computed.
 */
export function useGraphLayout(graph: ShownGraph | undefined): LaidOutGraph | undefined {
  const [laidOut, setLaidOut] = useState<LaidOutGraph & { readonly key: string }>();
  const [failure, setFailure] = useState<Error>();
  const key = graph && JSON.stringify(dagreInput(graph));
  const laidOutKey = laidOut?.key;
  useEffect(() => {
    if (!graph || key === undefined || key === laidOutKey) return;
    let isWanted = true;
    layoutGraph(dagreInput(graph)).then(
      (layout) => isWanted && setLaidOut({ graph, layout, key }),
      (error: unknown) =>
        isWanted && setFailure(new Error('The graph could not be laid out.', { cause: error })),
    );
    return () => {
      isWanted = false;
    };
  }, [graph, key, laidOutKey]);
  // The page shows it instead of the view.
  if (failure !== undefined) throw failure;
  if (!laidOut || !graph || laidOut.graph.focus !== graph.focus) return undefined;
  return laidOut.key === key ? { graph, layout: laidOut.layout } : laidOut;
}
