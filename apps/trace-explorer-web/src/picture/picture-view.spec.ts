import { describe, expect, it } from 'vitest';
import { openFolds, pictureViewOf, toggleFold } from './picture-view.ts';

describe('the picture in the address', () => {
  it('keeps what makes sense and leaves out the rest', () => {
    expect(pictureViewOf({ depth: '3', unfold: '1a.2b', toScale: 'true' })).toEqual({
      depth: 3,
      unfold: '1a.2b',
      toScale: 'true',
    });
    expect(pictureViewOf({ depth: '9', unfold: '<b>', toScale: 'yes' })).toEqual({});
  });

  it('needs no word for the usual depth', () => {
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
