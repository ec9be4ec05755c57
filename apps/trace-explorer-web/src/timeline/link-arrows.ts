import type { LinkPage, SpanSummary } from '@span-links/explorer-api';
import type { ShownEdge } from '../graph/shown-graph.ts';

/** One end of an arrow: a span, or a whole lane if the span is unknown or not drawn. */
export interface ArrowEnd {
  readonly laneId: string;
  readonly spanId: string | undefined;
}

export interface LinkArrow {
  readonly bearer: ArrowEnd;
  readonly target: ArrowEnd;
  readonly gapNs: number | null;
}

/** The links of a span in one direction. */
export interface KnownLinks {
  readonly span: SpanSummary;
  readonly page: Pick<LinkPage, 'direction' | 'links'>;
}

// More arrows are unreadable.
const MOST_ARROWS = 200;

/**
 * An arrow from span to span for each known link. Links that are only known as a sum have one arrow
 * from lane to lane: links to and from folds, and those of traces whose spans were not loaded.
 */
export function linkArrows(
  edges: readonly ShownEdge[],
  lanes: ReadonlySet<string>,
  links: readonly KnownLinks[],
): LinkArrow[] {
  const arrows = new Map<string, LinkArrow>();
  const covered = new Set<string>();
  for (const { span, page } of links) {
    const near = { laneId: span.traceId, spanId: span.spanId };
    for (const { traceId, spanId, gapNs, isSelf } of page.links) {
      if (isSelf || !lanes.has(traceId) || !lanes.has(near.laneId)) continue;
      const far = { laneId: traceId, spanId };
      const [bearer, target] = page.direction === 'out' ? [near, far] : [far, near];
      covered.add(`${bearer.laneId} ${target.laneId}`);
      arrows.set(`${bearer.laneId} ${bearer.spanId} ${target.laneId} ${target.spanId}`, {
        bearer,
        target,
        gapNs,
      });
    }
  }
  for (const { from, to } of edges) {
    if (from === to || covered.has(`${from} ${to}`) || !lanes.has(from) || !lanes.has(to)) continue;
    arrows.set(`${from} ${to}`, {
      bearer: { laneId: from, spanId: undefined },
      target: { laneId: to, spanId: undefined },
      gapNs: null,
    });
  }
  return [...arrows.values()].slice(0, MOST_ARROWS);
}
