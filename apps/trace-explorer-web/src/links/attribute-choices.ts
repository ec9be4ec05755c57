import {
  formatQuery,
  linkAttributeName,
  linkAttributeOf,
  queryPointAt,
  type LinkAttribute,
  type LinkAttributes,
  type LinkGroups,
} from '@span-links/explorer-api';

type Known = LinkAttributes['attributes'];

/** The attributes of several lists, most frequent first. */
export function mergeAttributes(lists: readonly (LinkAttributes | undefined)[]): Known {
  const byName = new Map<string, Known[number]>();
  for (const attribute of lists.flatMap((list) => list?.attributes ?? [])) {
    const { name, links, values } = byName.get(attribute.name) ?? { ...attribute, links: 0, values: 0 };
    byName.set(name, { name, links: links + attribute.links, values: Math.max(values, attribute.values) });
  }
  return [...byName.values()].sort((a, b) => b.links - a.links);
}

/**
 * The attribute whose value is typed at the end of a search; `undefined` while its name is typed.
 * A name without a prefix stands for the most frequent attribute with this key.
 */
export function attributeAtEnd(text: string, known: Known): LinkAttribute | undefined {
  const point = queryPointAt(text, text.length);
  if (point.kind === 'key') return undefined;
  return (
    linkAttributeOf(point.key) ??
    known
      .map(({ name }) => linkAttributeOf(name))
      .find((attribute) => attribute !== undefined && attribute.key === point.key)
  );
}

/** Whole texts that complete the search: with each known attribute, or with each value. */
export function completions(text: string, known: Known, groups: LinkGroups | undefined): string[] {
  const point = queryPointAt(text, text.length);
  const before = text.slice(0, point.replace.from);
  if (point.kind === 'key') return known.map(({ name }) => before + termText(linkAttributeOf(name)!, ''));
  const values = groups?.groups.flatMap(({ value }) => (value === null ? [] : [value])) ?? [];
  return values.map((value) => before + valueText(value));
}

/** `attr.order.id=42`, with quotes where they are needed. */
export function termText({ owner, key }: LinkAttribute, value: string): string {
  const term = { from: 0, to: 0, field: owner, key, operator: '=' as const, values: [value || 'x'] };
  const text = formatQuery({ terms: [term] });
  return value === '' ? text.slice(0, -1) : text;
}

function valueText(value: string): string {
  const name = { owner: 'link', key: 'x' } as const;
  return value === '' ? '""' : termText(name, value).slice(`${linkAttributeName(name)}=`.length);
}
