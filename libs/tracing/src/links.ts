import type { Attributes, Link } from '@opentelemetry/api';
import { parseCarrier, type CarrierVerdict } from './carrier.ts';
import { ATTR_LINK_RELATION, ATTR_LINK_SOURCE_COUNT, type LinkRelation } from './relation.ts';

/** One item that a span is about to handle, with the carrier that was stored when the item came in. */
export interface LinkSource {
  /** Whatever the row or message holds; see {@link parseCarrier}. */
  readonly carrier: unknown;
  /** What tells this item from its neighbours, e.g. `messaging.message.id`. */
  readonly attributes?: Attributes;
}

/** Why a source has no link. */
export type MissingReason = Exclude<CarrierVerdict, 'ok'>;

/** The links of a set of sources, and what became of each source. */
export interface LinkSet {
  /** One link per distinct target span, in the order of the sources. */
  readonly links: readonly Link[];
  /** Per source, the index of its link in `links`; -1 where it has none. */
  readonly linkOfSource: Int32Array;
  /** Sources without a link, by reason. Reasons that did not occur are absent. */
  readonly missing: Readonly<Partial<Record<MissingReason, number>>>;
  readonly missingCount: number;
}

/**
 * A link to the span that a stored carrier names.
 *
 * @returns `undefined` for a carrier that names none: a missing link can be seen, a wrong one cannot.
 */
export function linkFromCarrier(
  carrier: unknown,
  relation: LinkRelation = 'origin',
  attributes?: Attributes,
): Link | undefined {
  const { spanContext } = parseCarrier(carrier);
  return (
    spanContext && { context: spanContext, attributes: { ...attributes, [ATTR_LINK_RELATION]: relation } }
  );
}

/**
 * Builds the links of many sources: one per distinct target, for the SDK keeps duplicates, all-zero ids and anything
 * else that it is given. Sources that share a target share a link, which then says how many they are; the attributes
 * are those of the first. Unsampled targets are linked like any other; their flags travel along.
 */
export function collectLinks(sources: readonly LinkSource[], relation: LinkRelation = 'origin'): LinkSet {
  const links: Link[] = [];
  const sourceCounts: number[] = [];
  const linkOfTarget = new Map<string, number>();
  const linkOfSource = new Int32Array(sources.length).fill(-1);
  const missing: Partial<Record<MissingReason, number>> = {};
  let missingCount = 0;
  sources.forEach((source, position) => {
    const parsed = parseCarrier(source.carrier);
    if (parsed.verdict !== 'ok') {
      missing[parsed.verdict] = (missing[parsed.verdict] ?? 0) + 1;
      missingCount++;
      return;
    }
    const target = parsed.spanContext.traceId + parsed.spanContext.spanId;
    let index = linkOfTarget.get(target);
    if (index === undefined) {
      index = links.length;
      linkOfTarget.set(target, index);
      const attributes = { ...source.attributes, [ATTR_LINK_RELATION]: relation };
      links.push({ context: parsed.spanContext, attributes });
      sourceCounts.push(0);
    }
    sourceCounts[index] = (sourceCounts[index] ?? 0) + 1;
    linkOfSource[position] = index;
  });
  links.forEach((link, index) => {
    const count = sourceCounts[index] ?? 1;
    if (count > 1) link.attributes = { ...link.attributes, [ATTR_LINK_SOURCE_COUNT]: count };
  });
  return { links, linkOfSource, missing, missingCount };
}
