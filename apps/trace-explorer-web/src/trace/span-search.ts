import type { SpanNode } from './span-tree.ts';

/**
 * Places of the nodes whose name, service, id, kind, status or message contains all words of a
 * text. Empty for an empty text.
 *
 * @param alsoFound ids of spans that the server found by their attributes and events.
 */
export function searchSpans(
  nodes: readonly SpanNode[],
  text: string,
  alsoFound: ReadonlySet<string> = new Set(),
): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: number[] = [];
  nodes.forEach(({ span }, index) => {
    // A line break between them prevents a match across two fields.
    const fields = [span.name, span.service, span.spanId, span.kind, span.status, span.message ?? ''];
    const read = fields.join('\n').toLowerCase();
    if (alsoFound.has(span.spanId) || words.every((word) => read.includes(word))) found.push(index);
  });
  return found;
}

/** The next place after, or before, the reader's; wraps around the end. */
export function nextOf(places: readonly number[], from: number, step: 1 | -1): number | undefined {
  return step === 1
    ? (places.find((place) => place > from) ?? places[0])
    : (places.findLast((place) => place < from) ?? places.at(-1));
}

/** A text in pieces, with the matches of the search marked. */
export function matchParts(text: string, search: string): { text: string; isMatch: boolean }[] {
  const words = search.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [{ text, isMatch: false }];
  const pattern = new RegExp(`(${words.map(escaped).join('|')})`, 'i');
  return text
    .split(new RegExp(pattern, 'gi'))
    .map((part, index) => ({ text: part, isMatch: index % 2 === 1 }))
    .filter((part) => part.text !== '');
}

function escaped(word: string): string {
  return word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
