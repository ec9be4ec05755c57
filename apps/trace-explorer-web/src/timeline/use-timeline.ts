import type { LinkPage, SpanSummary, TraceView } from '@span-links/explorer-api';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from '../api/client.ts';
import { traceQuery } from '../api/queries.ts';
import type { FoldNode, ShownGraph, TraceNode } from '../graph/shown-graph.ts';
import { useFoldMembers } from '../graph/use-open-folds.ts';
import { lanesOf, type Lanes } from './lanes.ts';
import { linkArrows, type LinkArrow } from './link-arrows.ts';

// Each trace is a request. This is enough for the batch and its unfolded sources, or for an
// initiator, its branches and their join.
const MOST_TRACES = 20;
const MOST_BEARERS = 20;
const LINKS_EACH = 200;

export interface Timeline extends Lanes {
  readonly arrows: readonly LinkArrow[];
  /** The number of lanes that show their trace as one bar. */
  readonly summarised: number;
}

const NO_GRAPH: ShownGraph = { focus: '', nodes: [], edges: [], truncated: false };

/** Everything on the axis: the lanes of the graph at once, their spans and links as they load. */
export function useTimeline(trace: TraceView, graph: ShownGraph = NO_GRAPH): Timeline {
  const neighbours = graph.nodes
    .filter((node): node is TraceNode => node.kind === 'trace' && node.id !== graph.focus)
    .sort((a, b) => a.depth - b.depth);
  const near = neighbours.slice(0, MOST_TRACES).map(({ traceId }) => traceId);
  const others = useQueries({ queries: near.map(traceQuery), combine: dataOf<TraceView> });
  const folds = graph.nodes.filter((node): node is FoldNode => node.kind === 'fold' && !node.isRest);
  const members = useFoldMembers(graph.focus, folds);
  const views = useMemo(() => [trace, ...others.filter((view) => view !== undefined)], [trace, others]);
  const links = useLinks(views);
  return useMemo(() => {
    const byId = new Map(views.map((view) => [view.summary.traceId, view]));
    const lanes = lanesOf(graph, byId, members);
    const arrows = linkArrows(graph.edges, new Set(lanes.lanes.map(({ node }) => node.id)), links);
    return { ...lanes, arrows, summarised: Math.max(0, neighbours.length - MOST_TRACES) };
  }, [graph, views, members, links, neighbours.length]);
}

function useLinks(views: readonly TraceView[]) {
  const bearers = useMemo(
    () => views.flatMap(({ spans }) => spans.filter(({ linkCount }) => linkCount > 0)).slice(0, MOST_BEARERS),
    [views],
  );
  const pages = useQueries({ queries: bearers.map(firstLinksQuery), combine: dataOf<LinkPage> });
  return useMemo(
    () =>
      bearers.flatMap((bearer, at) => {
        const page = pages[at];
        return page ? [{ bearer, page }] : [];
      }),
    [bearers, pages],
  );
}

function firstLinksQuery({ traceId, spanId }: SpanSummary) {
  return {
    queryKey: ['trace', traceId, 'first links', spanId],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<LinkPage>(
        `/traces/${traceId}/spans/${spanId}/links`,
        { direction: 'out', limit: LINKS_EACH },
        signal,
      ),
    placeholderData: keepPreviousData,
  };
}

function dataOf<Data>(results: readonly { readonly data?: Data | undefined }[]) {
  return results.map(({ data }) => data);
}
