import { relationWords } from '../links/relation.ts';
import type { ShownEdge } from './shown-graph.ts';

/** `12 × origin`, or `origin` for a single link; `3 links` if the links have no relation. */
export function edgeLabel({ linkCount, relations }: ShownEdge): string {
  const named = relations.filter(({ relation }) => relation !== '');
  const [first] = named;
  if (!first)
    return linkCount === null ? 'links' : `${count(linkCount)} ${linkCount === 1 ? 'link' : 'links'}`;
  const words = relationWords(first.relation, 'out');
  const more = named.length > 1 ? ` +${named.length - 1}` : '';
  return linkCount === null || linkCount === 1 ? `${words}${more}` : `${count(linkCount)} × ${words}${more}`;
}

/** Every relation with its count, for the table. */
export function relationList({ relations }: ShownEdge): string {
  return relations
    .map((part) => `${count(part.count)} × ${relationWords(part.relation, 'out') || 'no relation'}`)
    .join(', ');
}

function count(value: number): string {
  return value.toLocaleString('en');
}
