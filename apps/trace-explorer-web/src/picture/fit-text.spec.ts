import { describe, expect, it } from 'vitest';
import { drawableText, fitText, fitTitle, textWidth } from './fit-text.ts';

describe('text in a picture', () => {
  it('stays complete if it fits', () => {
    expect(fitText('process-batch', 200, 12)).toBe('process-batch');
  });

  it('is cut to the available width', () => {
    const cut = fitText('a very long name of a very long operation', 80, 12);
    expect(cut).toMatch(/^a very .*…$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(80);
  });

  it('keeps the end that tells it apart', () => {
    const cut = fitTitle('a very long name of an operation …ord-1004', '…ord-1004', 150, 12);
    expect(cut).toMatch(/^a very .*… …ord-1004$/);
    expect(textWidth(cut, 12)).toBeLessThanOrEqual(150);
    expect(fitTitle('receive o-1', 'o-1', 200, 12)).toBe('receive o-1');
    expect(fitTitle('receive', '', 200, 12)).toBe('receive');
    // An end that takes nearly all the room leaves nothing of the name.
    expect(fitTitle('receive-order o-123456', 'o-123456', 60, 12)).toMatch(/^rec.*…$/);
  });

  it('is not cut inside a character', () => {
    expect(fitText('😀😀😀😀', 40, 12)).toBe('😀😀…');
  });

  it('has no characters that XML cannot hold', () => {
    expect(drawableText('a\u0000b\u001bc\ud800d\ne\u202ef')).toBe('a\ufffdb\ufffdc\ufffdd e\ufffdf');
  });

  it('leaves markup as text', () => {
    expect(drawableText('<img onerror=x>')).toBe('<img onerror=x>');
  });
});
