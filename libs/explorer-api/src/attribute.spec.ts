import { describe, expect, it } from 'vitest';
import { attributeText } from './attribute.ts';

describe('the text of an attribute', () => {
  it('is the value itself if that is plain', () => {
    expect(attributeText({ type: 'string', value: '<b>' })).toBe('<b>');
    expect(attributeText({ type: 'int', value: '9007199254740993' })).toBe('9007199254740993');
    expect(attributeText({ type: 'bool', value: false })).toBe('false');
    expect(attributeText({ type: 'double', value: 'NaN' })).toBe('NaN');
    expect(attributeText({ type: 'empty' })).toBe('');
  });

  it('shows lists and maps, also nested ones', () => {
    const list = {
      type: 'array',
      value: [
        { type: 'int', value: '1' },
        { type: 'string', value: 'b' },
      ],
    } as const;
    expect(attributeText({ type: 'map', value: [{ key: 'k', ...list }] })).toBe('{k: [1, b]}');
  });
});
