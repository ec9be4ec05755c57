import type { LinkDirection, LinkPage, SpanSummary, TraceSummary, TraceView } from '@span-links/explorer-api';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from '../api/client.ts';
import { traceQuery } from '../api/queries.ts';
import type { FoldNode, ShownGraph, TraceNode } from '../graph/shown-graph.ts';
import { useFoldMembers } from '../graph/use-open-folds.ts';
import { lanesOf, type Lanes } from './lanes.ts';
import { linkArrows, type KnownLinks, type LinkArrow } from './link-arrows.ts';
import type { ChosenGraph } from './use-chosen-sources.ts';

// Each trace is a request. This is enough for the batch and its unfolded sources, or for an
// initiator, its branches and their join.
const MOST_TRACES = 20;
const MOST_BEARERS = 20;
const MOST_TARGETS = 40;
const LINKS_EACH = 200;

export interface Timeline extends Lanes {
  readonly arrows: readonly LinkArrow[];
  /** The number of lanes that show their trace as one bar. */
  readonly summarised: number;
}

/** Everything on the axis: the lanes of the graph at once, their spans and links as they load. */
export function useTimeline(trace: TraceView, { graph, reasons }: ChosenGraph): Timeline {
  const neighbours = graph.nodes
    .filter((node): node is TraceNode => node.kind === 'trace' && node.id !== graph.focus)
    .sort((a, b) => a.depth - b.depth);
  const near = neighbours.slice(0, MOST_TRACES).map(({ traceId }) => traceId);
  const others = useQueries({ queries: near.map(traceQuery), combine: dataOf<TraceView> });
  const members = useRestMembers(graph);
  const views = useMemo(() => [trace, ...others.filter((view) => view !== undefined)], [trace, others]);
  const links = useLinks(views);
  return useMemo(() => {
    const byId = new Map(views.map((view) => [view.summary.traceId, view]));
    const lanes = lanesOf(graph, byId, members, reasons);
    const arrows = linkArrows(graph.edges, new Set(lanes.lanes.map(({ node }) => node.id)), links);
    return { ...lanes, arrows, summarised: Math.max(0, neighbours.length - MOST_TRACES) };
  }, [graph, reasons, views, members, links, neighbours.length]);
}

/** The known traces of each fold that have no lane of their own. */
function useRestMembers(graph: ShownGraph): ReadonlyMap<string, readonly TraceSummary[]> {
  const folds = useMemo(() => graph.nodes.filter((node): node is FoldNode => node.kind === 'fold'), [graph]);
  const members = useFoldMembers(graph.focus, folds);
  return useMemo(() => {
    const shown = new Set(graph.nodes.map(({ id }) => id));
    const isRest = ({ traceId }: TraceSummary) => !shown.has(traceId);
    return new Map([...members].map(([id, traces]) => [id, traces.filter(isRest)]));
  }, [graph, members]);
}

/**
 * The links of the shown spans. If a trace has more links than are loaded, the links to its lanes are
 * looked up from their other end: any one of ten thousand sources may be shown.
 */
function useLinks(views: readonly TraceView[]): readonly KnownLinks[] {
  const ends = useMemo(() => {
    const bearers = views.flatMap(({ spans }) => spans.filter(({ linkCount }) => linkCount > 0));
    const out = bearers.slice(0, MOST_BEARERS).map((span) => ({ span, direction: 'out' as const }));
    const isPart = bearers.length > MOST_BEARERS || bearers.some(({ linkCount }) => linkCount > LINKS_EACH);
    if (!isPart) return out;
    const targets = views.flatMap(({ spans }) => spans.filter(({ backlinkCount }) => backlinkCount > 0));
    return [...out, ...targets.slice(0, MOST_TARGETS).map((span) => ({ span, direction: 'in' as const }))];
  }, [views]);
  const pages = useQueries({ queries: ends.map(firstLinksQuery), combine: dataOf<LinkPage> });
  return useMemo(
    () =>
      ends.flatMap(({ span }, at) => {
        const page = pages[at];
        return page ? [{ span, page }] : [];
      }),
    [ends, pages],
  );
}

function firstLinksQuery({
  span: { traceId, spanId },
  direction,
}: {
  span: SpanSummary;
  direction: LinkDirection;
}) {
  return {
    queryKey: ['trace', traceId, 'first links', spanId, direction],
    queryFn: ({ signal }: { signal: AbortSignal }) =>
      get<LinkPage>(`/traces/${traceId}/spans/${spanId}/links`, { direction, limit: LINKS_EACH }, signal),
    placeholderData: keepPreviousData,
  };
}

function dataOf<Data>(results: readonly { readonly data?: Data | undefined }[]) {
  return results.map(({ data }) => data);
}
