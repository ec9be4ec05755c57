import { describe, expect, it } from 'vitest';
import { placeAfter } from './list-places.ts';

describe('keys in a list', () => {
  it('lead from row to row and stop at the ends', () => {
    expect(placeAfter('ArrowDown', 3, 10)).toBe(4);
    expect(placeAfter('k', 3, 10)).toBe(2);
    expect(placeAfter('ArrowUp', 0, 10)).toBe(0);
    expect(placeAfter('PageDown', 3, 10)).toBe(9);
    expect(placeAfter('Home', 9, 10)).toBe(0);
    expect(placeAfter('End', 0, 10)).toBe(9);
  });

  it('do nothing if they mean something else or the list is empty', () => {
    expect(placeAfter('x', 3, 10)).toBeUndefined();
    expect(placeAfter('End', 0, 0)).toBeUndefined();
  });
});
