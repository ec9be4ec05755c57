import type { LayoutEdge, LayoutInput } from './dagre-input.ts';
import type { GraphLayout, LineLayout } from './graph-layout.ts';

/**
 * Puts boxes with the same neighbours into time order from top to bottom. The engine minimises
 * crossing lines. Swapping such boxes crosses nothing, and in any other order a batch's sources
 * look shuffled.
 *
 * @param input with its nodes in time order.
 */
export function orderTwins({ nodes, edges }: LayoutInput, layout: GraphLayout): GraphLayout {
  const edgesOf = new Map<string, LayoutEdge[]>(nodes.map(({ id }) => [id, []]));
  for (const edge of edges) {
    edgesOf.get(edge.left)?.push(edge);
    edgesOf.get(edge.right)?.push(edge);
  }
  const twins = new Map<string, { readonly id: string }[]>();
  for (const { id, height } of nodes) {
    const neighbours = (edgesOf.get(id) ?? []).map(({ left, right }) =>
      left === id ? `>${right}` : `<${left}`,
    );
    const likeness = JSON.stringify([layout.places.get(id)?.x, height, ...neighbours.sort()]);
    twins.set(likeness, [...(twins.get(likeness) ?? []), { id }]);
  }
  const places = new Map(layout.places);
  const lines = new Map(layout.lines);
  for (const group of twins.values()) {
    const byHeight = [...group].sort((a, b) => yOf(layout, a.id) - yOf(layout, b.id));
    group.forEach(({ id }, at) => {
      const before = byHeight[at];
      const place = before && layout.places.get(before.id);
      if (!place || before.id === id) return;
      places.set(id, place);
      takeLines(edgesOf.get(id) ?? [], edgesOf.get(before.id) ?? [], id, before.id, layout, lines);
    });
  }
  return { ...layout, places, lines };
}

function takeLines(
  mine: readonly LayoutEdge[],
  theirs: readonly LayoutEdge[],
  id: string,
  otherId: string,
  layout: GraphLayout,
  lines: Map<string, LineLayout>,
): void {
  for (const { key, left, right, isTurned } of mine) {
    const same = theirs.find((edge) =>
      left === id
        ? edge.left === otherId && edge.right === right && edge.isTurned === isTurned
        : edge.right === otherId && edge.left === left && edge.isTurned === isTurned,
    );
    const line = same && layout.lines.get(same.key);
    if (line) lines.set(key, line);
  }
}

function yOf({ places }: GraphLayout, id: string): number {
  return places.get(id)?.y ?? 0;
}
