import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { graphQuery } from '../api/queries.ts';
import { openFolds, USUAL_DEPTH } from '../picture/picture-view.ts';
import { usePictureView } from '../picture/use-picture-view.ts';
import type { ShownGraph } from './shown-graph.ts';
import { withStableFolds } from './stable-folds.ts';
import { useOpenFolds } from './use-open-folds.ts';

export interface LinkGraphState {
  /** With all folds closed. */
  readonly folded: ShownGraph | undefined;
  readonly graph: ShownGraph | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** The traces around one, as the address says: to a depth, with some folds open. The graph and the timeline show the same. */
export function useLinkGraph(traceId: string): LinkGraphState {
  const [view] = usePictureView();
  const { depth = USUAL_DEPTH, unfold } = view;
  const { data, error, refetch } = useQuery({
    ...graphQuery(traceId, { depth }),
    // While another depth is on its way, the picture stays; another trace's would be a wrong one.
    placeholderData: (before) => (before?.focus === traceId ? before : undefined),
  });
  const folded = useMemo(() => data && withStableFolds(data), [data]);
  const open = useMemo(() => openFolds({ ...(unfold !== undefined && { unfold }) }), [unfold]);
  const graph = useOpenFolds(folded, open);
  return { folded, graph, error: data ? null : error, retry: () => void refetch() };
}
