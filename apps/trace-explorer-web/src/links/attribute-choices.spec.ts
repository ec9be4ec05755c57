import { describe, expect, it } from 'vitest';
import { attributeAtEnd, completions, mergeAttributes, termText } from './attribute-choices.ts';

const known = [
  { name: 'attr.order.id', links: 9, values: 9 },
  { name: 'link.order.id', links: 3, values: 3 },
  { name: 'resource.a b', links: 9, values: 1 },
];

describe('a search for attributes of links', () => {
  it('is completed by the attributes that occur', () => {
    expect(completions('', known, undefined)).toEqual([
      'attr.order.id=',
      'link.order.id=',
      'resource."a b"=',
    ]);
    expect(completions('x=1 or', known, undefined)[0]).toBe('x=1 attr.order.id=');
  });

  it('is completed by the values of the attribute', () => {
    expect(attributeAtEnd('order.id=', known)).toEqual({ owner: 'attr', key: 'order.id' });
    expect(attributeAtEnd('link.order.id=1', known)).toEqual({ owner: 'link', key: 'order.id' });
    expect(attributeAtEnd('order', known)).toBeUndefined();
    const groups = ['o-1', 'two words', '', null].map((value) => ({ value, count: 1, errors: 0 }));
    expect(
      completions('order.id=', known, { by: 'attr.order.id', groups, rest: { values: 0, links: 0 } }),
    ).toEqual(['order.id=o-1', 'order.id="two words"', 'order.id=""']);
  });

  it('has quotes where they are needed', () => {
    expect(termText({ owner: 'attr', key: 'a b' }, 'x "y"')).toBe('attr."a b"="x \\"y\\""');
  });
});

describe('attributes of both directions', () => {
  it('are one list, most frequent first', () => {
    const lists = [
      { attributes: known, links: 9, truncated: false },
      { attributes: [{ name: 'link.order.id', links: 7, values: 2 }], links: 7, truncated: false },
      undefined,
    ];
    expect(mergeAttributes(lists)).toEqual([
      { name: 'link.order.id', links: 10, values: 3 },
      known[0],
      known[2],
    ]);
  });
});
