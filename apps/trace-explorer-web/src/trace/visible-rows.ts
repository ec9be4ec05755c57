import type { SpanNode } from './span-tree.ts';

type Nodes = readonly SpanNode[];

/** Places of the visible nodes: all except those below a collapsed one. */
export function visibleRows(nodes: Nodes, collapsed: ReadonlySet<string>): number[] {
  const rows: number[] = [];
  for (let index = 0; index < nodes.length;) {
    const node = nodes[index];
    if (!node) break;
    rows.push(index);
    index = collapsed.has(node.key) ? node.end : index + 1;
  }
  return rows;
}

export function hasChildren(nodes: Nodes, index: number): boolean {
  return (nodes[index]?.end ?? 0) > index + 1;
}

/** Keys of all nodes that must be open to show a node. */
export function ancestorKeys(nodes: Nodes, index: number): string[] {
  const keys: string[] = [];
  for (let at = nodes[index]?.parent ?? -1; at >= 0; at = nodes[at]?.parent ?? -1) {
    const key = nodes[at]?.key;
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

/**
 * Keys of all nodes that can be collapsed, except the roots. The rest shows what the trace is
 * about.
 */
export function collapseAll(nodes: Nodes): Set<string> {
  const roots = nodes.filter(({ parent }) => parent < 0).length;
  return new Set(
    nodes
      .filter((node, index) => hasChildren(nodes, index) && (node.level > 1 || roots > 1))
      .map(({ key }) => key),
  );
}

/** Closes the deepest open level. */
export function collapseLevel(nodes: Nodes, collapsed: ReadonlySet<string>): Set<string> {
  const open = visibleRows(nodes, collapsed).filter(
    (index) => hasChildren(nodes, index) && !collapsed.has(nodes[index]?.key ?? ''),
  );
  const deepest = open.reduce((level, index) => Math.max(level, nodes[index]?.level ?? 0), 0);
  const closing = open.map((index) => nodes[index]).filter((node) => node?.level === deepest);
  return new Set([...collapsed, ...closing.map((node) => node?.key ?? '')]);
}

/** Opens the highest closed level. */
export function expandLevel(nodes: Nodes, collapsed: ReadonlySet<string>): Set<string> {
  const closed = visibleRows(nodes, collapsed)
    .map((index) => nodes[index])
    .filter((node) => node !== undefined && collapsed.has(node.key));
  const highest = closed.reduce((level, node) => Math.min(level, node?.level ?? Infinity), Infinity);
  const opening = new Set(closed.filter((node) => node?.level === highest).map((node) => node?.key));
  return new Set([...collapsed].filter((key) => !opening.has(key)));
}

/** The same set if it has none of the keys, so that nothing is drawn again. */
export function without(collapsed: ReadonlySet<string>, keys: readonly string[]): ReadonlySet<string> {
  if (!keys.some((key) => collapsed.has(key))) return collapsed;
  const rest = new Set(collapsed);
  for (const key of keys) rest.delete(key);
  return rest;
}

/** The row of a node, or of the collapsed ancestor that hides it; -1 if there is neither. */
export function rowOf(rows: readonly number[], index: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) <= index) low = middle + 1;
    else high = middle - 1;
  }
  return high;
}
