import { describe, expect, it } from 'vitest';
import { relationOf, relationWords } from './relation.ts';

describe('the relation of a link', () => {
  it('is read from its attributes', () => {
    expect(relationOf([{ key: 'spanlinks.relation', type: 'string', value: 'origin' }])).toBe('origin');
    expect(relationOf([{ key: 'spanlinks.relation', type: 'int', value: '1' }])).toBe('');
    expect(relationOf([])).toBe('');
  });

  it('depends on the end that the reader looks from', () => {
    expect(relationWords('previous_attempt', 'out')).toBe('previous attempt');
    expect(relationWords('previous_attempt', 'in')).toBe('next attempt');
  });

  it('is shown as sent if it is unknown', () => {
    expect(relationWords('constructor', 'out')).toBe('constructor');
    expect(relationWords('', 'out')).toBe('');
  });
});
