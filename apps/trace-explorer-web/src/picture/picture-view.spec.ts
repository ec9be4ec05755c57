import { describe, expect, it } from 'vitest';
import { openFolds, pictureViewOf, toggleFold } from './picture-view.ts';

describe('the picture in the address', () => {
  it('keeps valid values and leaves out the rest', () => {
    expect(pictureViewOf({ depth: '3', unfold: '1a.2b', toScale: 'true', arrows: 'time' })).toEqual({
      depth: 3,
      unfold: '1a.2b',
      toScale: 'true',
      arrows: 'time',
    });
    expect(pictureViewOf({ depth: '9', unfold: '<b>', toScale: 'yes', arrows: 'up' })).toEqual({});
  });

  it('does not contain the default depth', () => {
    expect(pictureViewOf({ depth: '2' })).toEqual({});
  });

  it('opens and closes folds', () => {
    expect(toggleFold({}, 'a')).toBe('a');
    expect(toggleFold({ unfold: 'a' }, 'b')).toBe('a.b');
    expect(toggleFold({ unfold: 'a' }, 'a')).toBeUndefined();
    expect([...openFolds({ unfold: 'a.b' })]).toEqual(['a', 'b']);
    expect(openFolds({}).size).toBe(0);
  });
});
