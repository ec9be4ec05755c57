import { parseQuery, type ParsedQuery } from './parse-query.ts';
import type { AttributeTermField, Query, Term } from './query.ts';

/** The parts of a link that have attributes: the link, and the span and the resource at its end. */
export const LINK_ATTRIBUTE_OWNERS = ['link', 'attr', 'resource'] as const;
export type LinkAttributeOwner = (typeof LINK_ATTRIBUTE_OWNERS)[number];

/** An attribute of either end. Its name is `link.order.id`, `attr.order.id` or `resource.host.name`. */
export interface LinkAttribute {
  readonly owner: LinkAttributeOwner;
  readonly key: string;
}

/** The attribute with this name; `undefined` if the name has no such prefix. */
export function linkAttributeOf(name: string): LinkAttribute | undefined {
  const owner = LINK_ATTRIBUTE_OWNERS.find((prefix) => name.startsWith(`${prefix}.`));
  const key = owner && name.slice(owner.length + 1);
  return owner && key ? { owner, key } : undefined;
}

export function linkAttributeName({ owner, key }: LinkAttribute): string {
  return `${owner}.${key}`;
}

/** A term about an attribute. */
export type AttributeTerm = Extract<Term, { field: AttributeTermField }>;

export type ParsedLinkQuery =
  { readonly ok: true; readonly terms: readonly AttributeTerm[] } | Extract<ParsedQuery, { ok: false }>;

/**
 * Reads a search for links: terms about attributes, all of which must hold. Without a prefix, an
 * attribute is one of the link, of the span at its end, or of the resource of that span.
 */
export function parseLinkQuery(text: string): ParsedLinkQuery {
  const parsed = parseQuery(text);
  if (!parsed.ok) return parsed;
  const other = parsed.query.terms.find((term) => !isOfLink(term));
  if (!other) return { ok: true, terms: parsed.query.terms as readonly AttributeTerm[] };
  const message =
    'links are found by attributes, as in order.id=42, link.order.id=42 or resource.host.name~web';
  return { ok: false, error: { message, from: other.from, to: other.to } };
}

function isOfLink(term: Query['terms'][number]): boolean {
  return 'key' in term && term.field !== 'scope' && term.field !== 'event';
}

/** `GET /api/v1/traces/:traceId/spans/:spanId/links/attributes?direction=`. */
export interface LinkAttributes {
  /** Attributes that occur, most frequent first; at most 200. */
  readonly attributes: readonly {
    readonly name: string;
    /** Links that have it. */
    readonly links: number;
    /** Its different values. */
    readonly values: number;
  }[];
  /** The number of links that were read: the first 2,000. */
  readonly links: number;
  readonly truncated: boolean;
}

/** `GET /api/v1/traces/:traceId/spans/:spanId/links/groups?by=`. */
export interface LinkGroups {
  readonly by: string;
  /** Largest first, at most 50, and last the links without the attribute. */
  readonly groups: readonly {
    /** The first 200 characters of the value as text; `null` if the links lack the attribute. */
    readonly value: string | null;
    readonly count: number;
    /** Links whose other end failed. */
    readonly errors: number;
  }[];
  /** The values that are not in `groups`, and their links. */
  readonly rest: { readonly values: number; readonly links: number };
}
