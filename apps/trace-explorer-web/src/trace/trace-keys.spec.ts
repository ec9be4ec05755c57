import { describe, expect, it } from 'vitest';
import { commandOf, type KeyContext } from './trace-keys.ts';

const PAGE: KeyContext = { onRow: false, characters: true, afterG: false };

describe('commandOf', () => {
  it('moves with letters anywhere, but with arrows only on rows', () => {
    expect(commandOf({ key: 'j' }, PAGE)).toBe('next');
    expect(commandOf({ key: 'ArrowDown' }, PAGE)).toBeUndefined();
    expect(commandOf({ key: 'ArrowDown' }, { ...PAGE, onRow: true })).toBe('next');
  });

  it('leaves the browser its own keys', () => {
    expect(commandOf({ key: 'l', ctrlKey: true }, PAGE)).toBeUndefined();
    expect(commandOf({ key: '0', metaKey: true }, PAGE)).toBeUndefined();
  });

  it('takes the second key of a pair', () => {
    expect(commandOf({ key: 'g' }, PAGE)).toBe('g');
    expect(commandOf({ key: 't' }, { ...PAGE, afterG: true })).toBe('timeline');
    expect(commandOf({ key: 'g' }, { ...PAGE, afterG: true })).toBe('graph');
    expect(commandOf({ key: 't' }, PAGE)).toBeUndefined();
  });

  it('leaves out single characters if the reader disabled them', () => {
    const off = { ...PAGE, characters: false };
    expect(commandOf({ key: 'j' }, off)).toBeUndefined();
    expect(commandOf({ key: 'Escape' }, off)).toBe('close');
    expect(commandOf({ key: 'Enter' }, { ...off, onRow: true })).toBe('open');
  });

  it('ignores names of object members', () => {
    expect(commandOf({ key: 'constructor' }, { ...PAGE, onRow: true })).toBeUndefined();
  });
});
