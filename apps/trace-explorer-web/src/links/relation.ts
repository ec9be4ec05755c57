import type { Attribute, LinkDirection } from '@span-links/explorer-api';

/** Link attribute of `@span-links/tracing`: the relation of the linking span to the target. */
export const RELATION_KEY = 'spanlinks.relation';

/** The meaning of the relations at either end: `out` is the linking span, `in` is its target. */
const WORDS: Readonly<Record<string, Readonly<Record<LinkDirection, string>>>> = {
  origin: { out: 'origin', in: 'works on it' },
  initiator: { out: 'initiator', in: 'started by it' },
  previous_attempt: { out: 'previous attempt', in: 'next attempt' },
  compensates: { out: 'undoes', in: 'undone by' },
  part_of: { out: 'part of', in: 'has part' },
  ambient: { out: 'active then', in: 'started beside' },
};

/** The relations that `@span-links/tracing` writes. */
export const KNOWN_RELATIONS: readonly string[] = Object.keys(WORDS);

/** The relation as it was sent; '' if the link has none. */
export function relationOf(attributes: readonly Attribute[]): string {
  const found = attributes.find(({ key }) => key === RELATION_KEY);
  return found?.type === 'string' ? found.value : '';
}

/** The relation of the other end to this span, in words. Unknown relations are shown as sent. */
export function relationWords(relation: string, direction: LinkDirection): string {
  if (relation === '') return '';
  return Object.hasOwn(WORDS, relation) ? (WORDS[relation]?.[direction] ?? relation) : relation;
}
