import { describe, expect, it } from 'vitest';
import { arrowShape } from './arrow-path.ts';

const target = { left: 10, right: 60, y: 40 };
const tipOf = (head: string) => head.split(' ')[0];

describe('an arrow between a link and its target', () => {
  const bearer = { left: 200, right: 300, y: 140 };

  it('has its head at the end of the target', () => {
    expect(tipOf(arrowShape(bearer, target).head)).toBe('62,40');
  });

  it('has its head at the start of the linking span if arrows point along time', () => {
    const { path, head } = arrowShape(bearer, target, true);
    // Five pixels above the centre of the bar, which is below its target.
    expect(tipOf(head)).toBe('200,135');
    expect(path.endsWith('H60')).toBe(true);
  });

  it('points along time from below as well, and if the two overlap', () => {
    const above = { left: 30, right: 300, y: 10 };
    expect(arrowShape(above, target, true)).toEqual({ path: 'M30,23V40', head: '30,15 26,23 34,23' });
  });
});
