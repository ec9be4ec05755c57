import { serviceLegend } from '../picture/caption-parts.ts';
import type { LegendEntry } from '../picture/export-frame.ts';
import type { ShownGraph } from './shown-graph.ts';

/** The end of a link that the picture shows: a span, or its whole trace. */
export type LinkBearer = 'span' | 'trace';

export function arrowSentence(bearer: LinkBearer, isAlongTime: boolean): string {
  return isAlongTime
    ? `An arrow points the way the work went: from the link's target to the ${bearer} that has the link.`
    : `An arrow points from the ${bearer} that has the link to the link's target.`;
}

/** The legend of a saved picture of links: its services, its arrows, and what else it needs. */
export function linkLegend(
  { nodes }: ShownGraph,
  bearer: LinkBearer,
  isAlongTime: boolean,
  ...sentences: readonly string[]
): LegendEntry[] {
  const services = nodes.flatMap((node) => {
    if (node.kind === 'trace') return [node.root.service];
    return node.kind === 'fold' ? [node.service] : [];
  });
  return [
    ...serviceLegend(services),
    { text: arrowSentence(bearer, isAlongTime), colour: 'var(--link)', mark: 'dashes' },
    ...sentences.map((text) => ({ text })),
  ];
}
