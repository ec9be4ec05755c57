import { textWidth } from '../picture/fit-text.ts';
import { edgeLabel } from './edge-label.ts';
import type { ShownGraph } from './shown-graph.ts';

export const BOX = { width: 236, height: 76 } as const;
/** The offset of the boxes behind a fold. */
export const STACK_PX = 6;
export const LABEL_PX = 12;
const LABEL_HEIGHT = 18;

/** An edge for dagre: from left to right. */
export interface LayoutEdge {
  readonly key: string;
  readonly left: string;
  readonly right: string;
  /** True if the linking end is on the right, which is usual because links lead back in time. */
  readonly isTurned: boolean;
  readonly labelWidth: number;
  readonly labelHeight: number;
}

export interface LayoutInput {
  readonly nodes: readonly { readonly id: string; readonly width: number; readonly height: number }[];
  readonly edges: readonly LayoutEdge[];
}

/**
 * Turns every edge so that time flows to the right. The order of time is total, so there are no
 * circles with any links. Links within one trace are no edge; its box counts them.
 */
export function dagreInput({ nodes, edges }: ShownGraph): LayoutInput {
  const places = new Map(nodes.map(({ id }, place) => [id, place]));
  return {
    nodes: nodes.map(({ id, kind }) => {
      const room = kind === 'fold' ? 2 * STACK_PX : 0;
      return { id, width: BOX.width + room, height: BOX.height + room };
    }),
    edges: edges.flatMap((edge) => {
      const [from, to] = [places.get(edge.from), places.get(edge.to)];
      if (from === undefined || to === undefined || from === to) return [];
      const isTurned = to < from;
      return {
        key: edgeKey(edge),
        left: isTurned ? edge.to : edge.from,
        right: isTurned ? edge.from : edge.to,
        isTurned,
        labelWidth: Math.ceil(textWidth(edgeLabel(edge), LABEL_PX)) + 12,
        labelHeight: LABEL_HEIGHT,
      };
    }),
  };
}

export function edgeKey({ from, to }: { readonly from: string; readonly to: string }): string {
  return `${from} ${to}`;
}
