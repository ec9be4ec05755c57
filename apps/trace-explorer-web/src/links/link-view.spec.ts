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
      linkWhere: 'order.id=42',
      linkGapFrom: 1_000_000,
      linkGapTo: 5e18,
    };
    expect(linkViewOf({ ...view, spanId: 'x' })).toEqual(view);
  });

  it('leaves out invalid and default values', () => {
    expect(
      linkViewOf({ linkText: ' ', linkService: ['7'], linkState: 'good', linkSort: '--gap', linkGroup: '' }),
    ).toEqual({});
    expect(linkViewOf({ linkSort: 'index' })).toEqual({});
    expect(linkViewOf({ linkGapFrom: '1e3', linkGapTo: '' })).toEqual({});
    expect(linkViewOf({ linkWhere: 'service=a', linkGroup: 'scope.x' })).toEqual({});
  });

  it('groups by an attribute of either end', () => {
    expect(linkViewOf({ linkGroup: 'resource.host.name' })).toEqual({ linkGroup: 'resource.host.name' });
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
    expect(linkSearchOf({ linkGapTo: 0 })).toEqual({ gapTo: 0 });
    expect(linkSearchOf({ linkWhere: 'a=1' })).toEqual({ q: 'a=1' });
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
