import { describe, expect, it } from 'vitest';
import { linkSearchOf, linkViewOf, nextSort } from './link-view.ts';

describe('the view of the Links tab in an address', () => {
  it('is read back unchanged', () => {
    const view = {
      linkText: 'order',
      linkService: 'orders-api',
      linkState: 'error',
      linkSort: '-gap',
      linkGroup: 'service',
    };
    expect(linkViewOf({ ...view, spanId: 'x' })).toEqual(view);
  });

  it('leaves out invalid and default values', () => {
    expect(
      linkViewOf({ linkText: ' ', linkService: 7, linkState: 'good', linkSort: '--gap', linkGroup: '' }),
    ).toEqual({});
    expect(linkViewOf({ linkSort: 'index' })).toEqual({});
    expect(linkViewOf({ linkSort: '-index' })).toEqual({ linkSort: '-index' });
  });

  it('queries missing links by their absence', () => {
    expect(linkSearchOf({ linkState: 'unresolved' })).toEqual({ resolved: false });
    expect(linkSearchOf({ linkState: 'error', linkText: 'a', linkSort: '-gap' })).toEqual({
      status: 'error',
      text: 'a',
      sort: 'gap',
      order: 'desc',
    });
    expect(linkSearchOf({})).toEqual({});
  });
});

describe('the order', () => {
  it('goes from small to large to the links’ own order with each click on a column', () => {
    expect(nextSort(undefined, 'gap')).toBe('gap');
    expect(nextSort('gap', 'gap')).toBe('-gap');
    expect(nextSort('-gap', 'gap')).toBeUndefined();
    expect(nextSort('-gap', 'name')).toBe('name');
  });
});
