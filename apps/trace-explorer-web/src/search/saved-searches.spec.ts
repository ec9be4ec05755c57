import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  NAME_MAX,
  nameOf,
  onSavedSearches,
  parseSaved,
  remove,
  rename,
  save,
  SAVED_MAX,
  savedSearches,
  type SavedSearch,
} from './saved-searches.ts';

const errors: SavedSearch = { name: 'errors', page: 'traces', search: { q: 'status=error', last: '1h' } };
const late: SavedSearch = {
  name: 'late',
  page: 'journeys',
  search: { q: 'journey.wait>10s', sort: 'total' },
};

/** A browser's storage that can be told to refuse. */
class Storage {
  text: string | null = null;
  refuses: 'nothing' | 'writing' | 'everything' = 'nothing';
  getItem(): string | null {
    if (this.refuses === 'everything') throw new DOMException('denied', 'SecurityError');
    return this.text;
  }
  setItem(_key: string, text: string): void {
    if (this.refuses !== 'nothing') throw new DOMException('full', 'QuotaExceededError');
    this.text = text;
  }
}

let storage: Storage;
beforeEach(() => {
  storage = new Storage();
  vi.stubGlobal('localStorage', storage);
  vi.stubGlobal('window', new EventTarget());
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('saved searches', () => {
  it('are kept by name, renamed and deleted', () => {
    expect(save(late)).toBe('saved');
    expect(save(errors)).toBe('saved');
    expect(savedSearches()).toEqual([errors, late]);
    expect(savedSearches()).toBe(savedSearches());
    expect(save({ ...errors, search: { q: 'other' } })).toBe('saved');
    expect(savedSearches()).toEqual([{ ...errors, search: { q: 'other' } }, late]);
    expect(rename(late, 'a wait')).toBe('saved');
    expect(savedSearches().map(({ name }) => name)).toEqual(['a wait', 'errors']);
    expect(rename(savedSearches()[0]!, 'errors')).toBe('saved');
    expect(savedSearches()).toEqual([{ ...late, name: 'errors' }]);
    expect(remove('errors')).toBe('saved');
    expect(savedSearches()).toEqual([]);
  });

  it('are bounded, and a known name always finds room', () => {
    for (let n = 0; n < SAVED_MAX; n++) expect(save({ ...errors, name: `search ${n}` })).toBe('saved');
    expect(save({ ...errors, name: 'one more' })).toBe('full');
    expect(save({ ...late, name: 'search 7' })).toBe('saved');
    expect(savedSearches()).toHaveLength(SAVED_MAX);
    expect(nameOf(`  a\n b ${'x'.repeat(200)}`)).toHaveLength(NAME_MAX);
    expect(nameOf(' a\n b ')).toBe('a b');
  });

  it('survive storage that is broken or refuses', () => {
    for (const broken of [
      '',
      '{',
      'null',
      '7',
      '{"name":"x"}',
      '[null,7,"x",{},{"name":"","page":"traces","search":{}}]',
    ]) {
      expect(parseSaved(broken)).toEqual([]);
    }
    const mixed = [errors, { ...late, page: 'elsewhere' }, { ...late, search: { sort: 'odd', q: 5 } }];
    expect(parseSaved(JSON.stringify(mixed))).toEqual([errors, { ...late, search: { q: '5' } }]);
    storage.text = '{';
    expect(save(errors)).toBe('saved');
    storage.refuses = 'writing';
    expect(save(late)).toBe('refused');
    expect(savedSearches()).toEqual([errors]);
    storage.refuses = 'everything';
    expect(savedSearches()).toEqual([]);
    expect(remove('errors')).toBe('refused');
  });

  it('tell about changes in this window and in others', () => {
    const told = vi.fn();
    const stop = onSavedSearches(told);
    save(errors);
    expect(told).toHaveBeenCalledTimes(1);
    const other = Object.assign(new Event('storage'), { key: 'span-links.saved-searches' });
    window.dispatchEvent(other);
    expect(told).toHaveBeenCalledTimes(2);
    window.dispatchEvent(Object.assign(new Event('storage'), { key: 'another' }));
    stop();
    window.dispatchEvent(other);
    save(late);
    expect(told).toHaveBeenCalledTimes(2);
  });
});
