import { describe, expect, it } from 'vitest';
import { linkAttributeName, linkAttributeOf, parseLinkQuery } from './link-attribute.ts';

describe('the name of an attribute of a link', () => {
  it('says which part of the link has it', () => {
    const attribute = { owner: 'resource', key: 'link.x' } as const;
    expect(linkAttributeName(attribute)).toBe('resource.link.x');
    expect(linkAttributeOf('resource.link.x')).toEqual(attribute);
  });

  it.each(['order.id', 'link.', 'link', 'scope.x', ''])('is not %j', (name) => {
    expect(linkAttributeOf(name)).toBeUndefined();
  });
});

describe('a search for links', () => {
  it('has terms about attributes of either end', () => {
    const parsed = parseLinkQuery('order.id=1 link.a!=2 attr.b~"x y" resource.c>=3');
    expect(parsed.ok && parsed.terms.map(({ field, key }) => `${field} ${key}`)).toEqual([
      'attribute order.id',
      'link a',
      'attr b',
      'resource c',
    ]);
    expect(parseLinkQuery(' ')).toEqual({ ok: true, terms: [] });
  });

  it.each([
    ['order.id=1 word', 11],
    ['service=a', 0],
    ['scope.x=1', 0],
    ['event.x=1', 0],
    ['a=', 1],
  ])('does not understand %s', (text, from) => {
    expect(parseLinkQuery(text)).toMatchObject({ ok: false, error: { from } });
  });
});
