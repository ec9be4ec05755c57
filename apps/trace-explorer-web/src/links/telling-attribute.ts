import { attributeText, type ResolvedLink } from '@span-links/explorer-api';
import { RELATION_KEY } from './relation.ts';

const LOOKED_AT = 500;

/**
 * The attribute that distinguishes links: the one with the most values among those that most links
 * have, an id before others.
 */
export function tellingKey(links: readonly ResolvedLink[]): string | undefined {
  const values = new Map<string, Set<string>>();
  const some = links.slice(0, LOOKED_AT);
  const counts = new Map<string, number>();
  for (const { attributes } of some) {
    for (const attribute of attributes) {
      if (attribute.key === RELATION_KEY) continue;
      const known = values.get(attribute.key) ?? new Set();
      values.set(attribute.key, known.add(attributeText(attribute)));
      counts.set(attribute.key, (counts.get(attribute.key) ?? 0) + 1);
    }
  }
  const candidates = [...values].filter(
    ([key, { size }]) => (counts.get(key) ?? 0) * 2 >= some.length && (size > 1 || some.length === 1),
  );
  const isId = (key: string) => Number(/\bid$/i.test(key));
  candidates.sort(([a, x], [b, y]) => y.size - x.size || isId(b) - isId(a) || (a < b ? -1 : 1));
  return candidates[0]?.[0];
}

/** The value of that attribute; '' if a link has none. */
export function tellingValue({ attributes }: ResolvedLink, key: string | undefined): string {
  const found = attributes.find((attribute) => attribute.key === key);
  return found ? attributeText(found) : '';
}
