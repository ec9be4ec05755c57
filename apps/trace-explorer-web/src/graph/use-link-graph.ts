import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { graphQuery } from '../api/queries.ts';
import { openFolds, USUAL_DEPTH } from '../picture/picture-view.ts';
import { usePictureView } from '../picture/use-picture-view.ts';
import type { ShownGraph } from './shown-graph.ts';
import { withStableFolds } from './stable-folds.ts';
import { useTellingNodes } from './telling-nodes.ts';
import { useOpenFolds } from './use-open-folds.ts';

export interface LinkGraphState {
  /** The graph with all folds closed. */
  readonly folded: ShownGraph | undefined;
  readonly graph: ShownGraph | undefined;
  readonly error: Error | null;
  readonly retry: () => void;
}

/**
 * The traces around a trace, from the address: the depth and the open folds. The graph and the
 * timeline show the same.
 *
 * @param width more neighbours of one kind than this are folded; the server's default without it.
 */
export function useLinkGraph(traceId: string, width?: number): LinkGraphState {
  const [view] = usePictureView();
  const { depth = USUAL_DEPTH, unfold } = view;
  const { data, error, refetch } = useQuery({
    ...graphQuery(traceId, { depth, ...(width !== undefined && { width }) }),
    // The picture stays while another depth loads. A picture of another trace would be wrong.
    placeholderData: (before) => (before?.focus === traceId ? before : undefined),
  });
  const folded = useMemo(() => data && withStableFolds(data), [data]);
  const open = useMemo(() => openFolds({ ...(unfold !== undefined && { unfold }) }), [unfold]);
  const graph = useTellingNodes(useOpenFolds(folded, open));
  return { folded, graph, error: data ? null : error, retry: () => void refetch() };
}
