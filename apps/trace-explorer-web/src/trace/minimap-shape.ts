import type { SpanNode } from './span-tree.ts';

/**
 * All bars of one service, or all with an error, as the `d` of one SVG path, because 10,000
 * elements would be too expensive.
 */
export interface MinimapShape {
  readonly service: string;
  readonly path: string;
}

export const MINIMAP = Object.freeze({ width: 1_000, lanes: 40 });

/**
 * Draws spans in their order from top to bottom, in as many lanes as are visible. Each bar is at
 * least two units wide.
 */
export function minimapShapes(nodes: readonly SpanNode[], durationNs: number): MinimapShape[] {
  const lanes = Math.min(MINIMAP.lanes, Math.max(8, nodes.length));
  const height = MINIMAP.lanes / lanes;
  const drawn = new Set<string>();
  const paths = new Map<string, string[]>();
  nodes.forEach(({ span, startNs }, index) => {
    const lane = nodes.length <= lanes ? index : Math.floor((index * lanes) / nodes.length);
    const x = Math.round((startNs * MINIMAP.width) / durationNs);
    const width = Math.max(2, Math.round((span.durationNs * MINIMAP.width) / durationNs));
    const bar = `M${Math.min(x, MINIMAP.width - 2)} ${round(lane * height)}h${width}v${round(height * 0.75)}h-${width}z`;
    // Thousands of short spans cover the same few pixels.
    if (drawn.has(span.service + bar)) return;
    drawn.add(span.service + bar);
    const path = paths.get(span.service);
    if (path) path.push(bar);
    else paths.set(span.service, [bar]);
  });
  return [...paths].map(([service, bars]) => ({ service, path: bars.join('') }));
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
