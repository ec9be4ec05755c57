import { describe, expect, it } from 'vitest';
import { linkSearchOf, linkViewOf, nextSort } from './link-view.ts';

describe('the view of the Links tab in an address', () => {
  it('is read back as it was written', () => {
    const view = {
      linkText: 'order',
      linkService: 'orders-api',
      linkState: 'error',
      linkSort: '-gap',
      linkGroup: 'service',
    };
    expect(linkViewOf({ ...view, spanId: 'x' })).toEqual(view);
  });

  it('leaves out what makes no sense and what is the default', () => {
    expect(
      linkViewOf({ linkText: ' ', linkService: 7, linkState: 'good', linkSort: '--gap', linkGroup: '' }),
    ).toEqual({});
    expect(linkViewOf({ linkSort: 'index' })).toEqual({});
    expect(linkViewOf({ linkSort: '-index' })).toEqual({ linkSort: '-index' });
  });

  it('asks the server for links that are not here by their absence', () => {
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
  it('goes from small to large to the links’ own with each click on a column', () => {
    expect(nextSort(undefined, 'gap')).toBe('gap');
    expect(nextSort('gap', 'gap')).toBe('-gap');
    expect(nextSort('-gap', 'gap')).toBeUndefined();
    expect(nextSort('-gap', 'name')).toBe('name');
  });
});
