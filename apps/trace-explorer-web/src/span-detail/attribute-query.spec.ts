import { parseQuery } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { attributeQuery } from './attribute-query.ts';

describe('attributeQuery', () => {
  it('finds its attribute with any special characters', () => {
    const query = attributeQuery({ key: 'http.url', type: 'string', value: 'a "b", c=d' }, 'attribute') ?? '';
    const parsed = parseQuery(query);
    expect(parsed.ok && parsed.query.terms[0]).toMatchObject({ key: 'http.url', values: ['a "b", c=d'] });
  });

  it('distinguishes the resource from the span', () => {
    expect(attributeQuery({ key: 'host.name', type: 'string', value: 'n1' }, 'resource')).toBe(
      'resource.host.name=n1',
    );
    expect(attributeQuery({ key: 'service.name', type: 'string', value: 'shop' }, 'resource')).toBe(
      'service=shop',
    );
  });

  it('is undefined for lists and for values longer than a query', () => {
    expect(attributeQuery({ key: 'a', type: 'array', value: [] }, 'attribute')).toBeUndefined();
    expect(
      attributeQuery({ key: 'a', type: 'string', value: 'x'.repeat(3_000) }, 'attribute'),
    ).toBeUndefined();
  });
});
