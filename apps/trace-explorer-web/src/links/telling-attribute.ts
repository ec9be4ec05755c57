import { attributeText, type ResolvedLink } from '@span-links/explorer-api';
import { RELATION_KEY } from './relation.ts';

const LOOKED_AT = 500;

/** Attributes of a row, by key. */
export type Names = Readonly<Record<string, string>>;

/**
 * The attribute that distinguishes links: the one with the most values among those that most links
 * or their other ends have. An attribute of the link comes before one of the other end, and an id
 * before others.
 */
export function tellingKey(links: readonly ResolvedLink[]): string | undefined {
  const some = links.slice(0, LOOKED_AT);
  const own = new Set(some.flatMap(({ attributes }) => attributes.map(({ key }) => key)));
  return tellingName(some.map(namesOf), own);
}

/**
 * The key with the most values among those that at least half of the rows have.
 *
 * @param preferred keys that come first among those with as many values.
 */
export function tellingName(rows: readonly Names[], preferred?: ReadonlySet<string>): string | undefined {
  const values = new Map<string, string[]>();
  for (const [key, value] of rows.flatMap((names) => Object.entries(names))) {
    const known = values.get(key);
    if (known) known.push(value);
    else values.set(key, [value]);
  }
  const candidates = [...values]
    .filter(([, all]) => all.length * 2 >= rows.length)
    .map(([key, all]) => ({ key, size: new Set(all).size }))
    .filter(({ size }) => size > 1 || rows.length === 1);
  const isPreferred = (key: string) => Number(preferred?.has(key) ?? false);
  const isId = (key: string) => Number(/\bid$/i.test(key));
  candidates.sort(
    (a, b) =>
      b.size - a.size ||
      isPreferred(b.key) - isPreferred(a.key) ||
      isId(b.key) - isId(a.key) ||
      (a.key < b.key ? -1 : 1),
  );
  return candidates[0]?.key;
}

/** The value of that attribute; '' if neither the link nor its other end has it. */
export function tellingValue(link: ResolvedLink, key: string | undefined): string {
  const found = link.attributes.find((attribute) => attribute.key === key);
  if (found) return attributeText(found);
  return (key !== undefined && link.other.resolved && link.other.names?.[key]) || '';
}

function namesOf({ attributes, other }: ResolvedLink): Names {
  const own = attributes
    .filter(({ key }) => key !== RELATION_KEY)
    .map((attribute) => [attribute.key, attributeText(attribute)] as const);
  return { ...(other.resolved && other.names), ...Object.fromEntries(own) };
}
