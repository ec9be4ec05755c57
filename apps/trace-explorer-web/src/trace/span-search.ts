import type { SpanNode } from './span-tree.ts';

/** Places of the nodes whose name, service, id, kind or status holds all words of a text. None for an empty text. */
export function searchSpans(nodes: readonly SpanNode[], text: string): number[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found: number[] = [];
  nodes.forEach(({ span }, index) => {
    // A line break between them keeps a word from matching across two fields.
    const read = [span.name, span.service, span.spanId, span.kind, span.status].join('\n').toLowerCase();
    if (words.every((word) => read.includes(word))) found.push(index);
  });
  return found;
}

/** The next of some places after, or before, where the reader is; around the end. */
export function nextOf(places: readonly number[], from: number, step: 1 | -1): number | undefined {
  return step === 1
    ? (places.find((place) => place > from) ?? places[0])
    : (places.findLast((place) => place < from) ?? places.at(-1));
}

/** A text in pieces, those that match a word of the search marked. */
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
