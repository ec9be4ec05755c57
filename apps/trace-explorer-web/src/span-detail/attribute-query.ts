import { formatQuery, QUERY_LIMITS, type Attribute } from '@span-links/explorer-api';

/** The owner of an attribute in the search language. */
export type AttributePlace = 'attribute' | 'resource' | 'log';

/**
 * The search for all spans with an attribute; `undefined` if there is none, as for lists and very
 * long texts.
 */
export function attributeQuery(attribute: Attribute, place: AttributePlace): string | undefined {
  const { key, type } = attribute;
  if (type === 'array' || type === 'map' || type === 'empty' || type === 'bytes') return undefined;
  const values = [String(attribute.value)];
  if (place === 'resource' && key === 'service.name') {
    return formatQuery({ terms: [{ from: 0, to: 0, field: 'service', operator: '=', values }] });
  }
  const query = formatQuery({ terms: [{ from: 0, to: 0, field: place, key, operator: '=', values }] });
  return query.length <= QUERY_LIMITS.characters ? query : undefined;
}
