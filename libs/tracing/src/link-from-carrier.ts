import type { Attributes, Link } from '@opentelemetry/api';
import { parseCarrier } from './carrier.ts';
import { linkTo } from './links.ts';
import { recordLink } from './metrics.ts';
import type { LinkRelation } from './relation.ts';

/**
 * Makes a link to the span that a stored carrier names, for a span that is started elsewhere. Counts it in the metric
 * `spanlinks.links`, so call it once per link.
 *
 * @returns `undefined` for a carrier that names no span: a missing link is visible, a wrong one is not.
 */
export function linkFromCarrier(
  carrier: unknown,
  relation: LinkRelation = 'origin',
  attributes?: Attributes,
): Link | undefined {
  const { verdict, spanContext } = parseCarrier(carrier);
  recordLink(relation, verdict);
  return spanContext && linkTo(spanContext, relation, attributes);
}
