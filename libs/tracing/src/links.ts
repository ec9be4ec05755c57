import { isSpanContextValid, type Attributes, type Link, type SpanContext } from '@opentelemetry/api';
import { parseCarrier, type CarrierVerdict } from './carrier.ts';
import { ATTR_LINK_RELATION, ATTR_LINK_SOURCE_COUNT } from './attributes.ts';
import type { LinkRelation } from './relation.ts';
import { SpanIndex } from './span-index.ts';

/** An item that a span handles, and its origin. */
export type LinkSource = SourceDetails & (StoredOrigin | LocalOrigin);

interface SourceDetails {
  /** Attributes that distinguish this item from the others, e.g. `messaging.message.id`. */
  readonly attributes?: Attributes | undefined;
  /**
   * When the item arrived, as a date or ms since the epoch. Its age is recorded in the metric `spanlinks.source.age`.
   */
  readonly createdAt?: Date | number | undefined;
}

interface StoredOrigin {
  /** Anything that the row or message holds; see {@link parseCarrier}. */
  readonly carrier: unknown;
  readonly spanContext?: undefined;
}

interface LocalOrigin {
  /** The span, if it is one of this process. The carrier is then ignored, and the link is not marked remote. */
  readonly spanContext: SpanContext | undefined;
  readonly carrier?: unknown;
}

/** The relation and attributes that the sources of one link share. */
export type SharedBy = 'target' | 'attributes';

/** Why a source has no link. */
export type MissingReason = Exclude<CarrierVerdict, 'ok'>;

/** The links of a set of sources, and the outcome of each source. */
export interface LinkSet {
  /** One link per distinct target and set of attributes, in the order of the sources. */
  readonly links: readonly Link[];
  /** Per source, the index of its link in `links`; -1 if it has none. */
  readonly linkOfSource: Int32Array;
  /** Sources without a link, by reason. Reasons that did not occur are absent. */
  readonly missing: Readonly<Partial<Record<MissingReason, number>>>;
  readonly missingCount: number;
}

/**
 * Builds the links of many sources: one per distinct target and set of attributes, because the SDK keeps duplicates,
 * all-zero ids and everything else. Sources with the same target and the same attributes share a link, which then
 * counts them. Every other source keeps its own link, so no message id is lost. Unsampled targets are linked like any
 * other, with their flags.
 *
 * @param sharedBy `target` for one link per target, with the attributes of its first source.
 */
export function collectLinks(
  sources: readonly LinkSource[],
  relation: LinkRelation = 'origin',
  sharedBy: SharedBy = 'attributes',
): LinkSet {
  const links: MarkedLink[] = [];
  const linkFinder = new LinkFinder(sources.length, sharedBy);
  const sourceCounts = new Int32Array(sources.length);
  const linkOfSource = new Int32Array(sources.length).fill(-1);
  const missing: Partial<Record<MissingReason, number>> = {};
  let missingCount = 0;
  sources.forEach((source, position) => {
    const target = targetOf(source);
    if (typeof target === 'string') {
      missing[target] = (missing[target] ?? 0) + 1;
      missingCount++;
      return;
    }
    const index = linkFinder.indexOf(target, source.attributes, links.length);
    if (index === links.length) links.push(linkTo(target, relation, source.attributes));
    sourceCounts[index] = (sourceCounts[index] ?? 0) + 1;
    linkOfSource[position] = index;
  });
  links.forEach((link, index) => {
    const count = sourceCounts[index] ?? 1;
    if (count > 1) link.attributes[ATTR_LINK_SOURCE_COUNT] = count;
  });
  return { links, linkOfSource, missing, missingCount };
}

/** Looks up the link of a target and a set of attributes. */
class LinkFinder {
  readonly #spans: SpanIndex;
  readonly #sharedBy: SharedBy;
  /** Per distinct span, its first link. */
  readonly #firstLinks: FirstLink[] = [];
  /** Further links of spans that several sources with different attributes share, by span and attributes. */
  readonly #others = new Map<string, number>();

  constructor(capacity: number, sharedBy: SharedBy) {
    this.#spans = new SpanIndex(capacity);
    this.#sharedBy = sharedBy;
  }

  /**
   * @param next the index to return for a new link.
   */
  indexOf(target: SpanContext, attributes: Attributes | undefined, next: number): number {
    const span = this.#spans.numberOf(target);
    const first = this.#firstLinks[span];
    if (first === undefined) {
      this.#firstLinks.push({ index: next, attributes, text: undefined });
      return next;
    }
    if (this.#sharedBy === 'target') return first.index;
    const text = textOf(attributes);
    first.text ??= textOf(first.attributes);
    if (text === '' || text === first.text) return first.index;
    const key = `${span} ${text}`;
    const known = this.#others.get(key);
    if (known === undefined) this.#others.set(key, next);
    return known ?? next;
  }
}

interface FirstLink {
  readonly index: number;
  readonly attributes: Attributes | undefined;
  /** The attributes as a text, computed only when another source has the same target. */
  text: string | undefined;
}

/** The attributes as a comparable text; empty if there are none. */
function textOf(attributes: Attributes | undefined): string {
  if (attributes === undefined) return '';
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return '';
  // JSON has no bigint and would throw if an attribute is one in spite of its type.
  return JSON.stringify(entries.sort(byName), (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}

/** A link whose attributes are its own. */
export interface MarkedLink extends Link {
  attributes: Attributes;
}

/**
 * Makes a link with its relation, which no other attribute overrides.
 *
 * The relation comes first: adding a property to the copy of an object takes V8 ten times as long as copying it (420 ns
 * against 40, 2026-11-22), and took most of the time of a link.
 */
export function linkTo(target: SpanContext, relation: LinkRelation, attributes?: Attributes): MarkedLink {
  const marked: Attributes = { [ATTR_LINK_RELATION]: relation, ...attributes };
  marked[ATTR_LINK_RELATION] = relation;
  return { context: target, attributes: marked };
}

function targetOf({ spanContext, carrier }: LinkSource): SpanContext | MissingReason {
  if (spanContext) return isSpanContextValid(spanContext) ? spanContext : 'invalid';
  const parsed = parseCarrier(carrier);
  return parsed.verdict === 'ok' ? parsed.spanContext : parsed.verdict;
}
