import { describe, expect, it } from 'vitest';
import { nearestMark } from './nearest-mark.ts';

const here = { id: 'here', x: 0, y: 0 };
const marks = [
  here,
  { id: 'right', x: 100, y: 5 },
  { id: 'far right', x: 200, y: 0 },
  { id: 'below', x: 0, y: 50 },
  { id: 'left below', x: -80, y: 40 },
];

describe('the arrow keys in a picture', () => {
  it('go to the nearest mark in their direction', () => {
    expect(nearestMark(marks, here, 'ArrowRight')?.id).toBe('right');
    expect(nearestMark(marks, here, 'ArrowDown')?.id).toBe('below');
    expect(nearestMark(marks, here, 'ArrowLeft')?.id).toBe('left below');
  });

  it('do nothing if there is no mark', () => {
    expect(nearestMark(marks, here, 'ArrowUp')).toBeUndefined();
    expect(nearestMark(marks, here, 'Enter')).toBeUndefined();
  });
});
