import { journeysSearchOf, listSearchOf, type JourneysSearch, type ListSearch } from '../app/address.ts';

/** A search with a name, and the list that it belongs to. */
export type SavedSearch =
  | { readonly name: string; readonly page: 'journeys'; readonly search: JourneysSearch }
  | { readonly name: string; readonly page: 'traces'; readonly search: ListSearch };

export const SAVED_MAX = 50;
export const NAME_MAX = 80;
const KEY = 'span-links.saved-searches';

/** `full`: there is no room for another one. `refused`: the browser stores nothing. */
export type SaveOutcome = 'saved' | 'full' | 'refused';

/** A name in its stored form. Spaces at its ends and line breaks would be invisible. */
export function nameOf(typed: string): string {
  return typed.trim().replace(/\s+/g, ' ').slice(0, NAME_MAX);
}

/** The list with a search in its alphabetical place. A search with the same name is replaced. */
export function withSaved(all: readonly SavedSearch[], saved: SavedSearch): readonly SavedSearch[] {
  return [...without(all, saved.name), saved].sort((a, b) => a.name.localeCompare(b.name));
}

export function without(all: readonly SavedSearch[], name: string): readonly SavedSearch[] {
  return all.filter((other) => other.name !== name);
}

/** Reads stored text. Storage may contain anything; entries that make no sense are left out. */
export function parseSaved(stored: string | null): readonly SavedSearch[] {
  try {
    const entries: unknown = JSON.parse(stored ?? '[]');
    if (!Array.isArray(entries)) return [];
    return entries.flatMap(savedOf).reduce<readonly SavedSearch[]>(withSaved, []).slice(0, SAVED_MAX);
  } catch {
    return [];
  }
}

function savedOf(entry: unknown): SavedSearch[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const { name, page, search } = entry as Record<string, unknown>;
  if (typeof name !== 'string' || nameOf(name) === '' || typeof search !== 'object') return [];
  const parameters = { ...search };
  if (page === 'journeys') return [{ name: nameOf(name), page, search: journeysSearchOf(parameters) }];
  if (page === 'traces') return [{ name: nameOf(name), page, search: listSearchOf(parameters) }];
  return [];
}

// The list is the same object until it changes, because React compares it.
let known: { readonly text: string | null; readonly all: readonly SavedSearch[] } = { text: null, all: [] };
const listeners = new Set<() => void>();

export function savedSearches(): readonly SavedSearch[] {
  const text = storedText();
  if (text !== known.text) known = { text, all: parseSaved(text) };
  return known.all;
}

export function save(saved: SavedSearch): SaveOutcome {
  const next = withSaved(savedSearches(), saved);
  return next.length > SAVED_MAX ? 'full' : store(next);
}

/** A name that another search has is taken over: that search is replaced. */
export function rename(saved: SavedSearch, name: string): SaveOutcome {
  return store(withSaved(without(savedSearches(), saved.name), { ...saved, name }));
}

export function remove(name: string): SaveOutcome {
  return store(without(savedSearches(), name));
}

/** Tells about changes in this window and in other windows of the browser. */
export function onSavedSearches(listener: () => void): () => void {
  const onStorage = ({ key }: StorageEvent) => {
    // `null` if everything was cleared.
    if (key === KEY || key === null) listener();
  };
  listeners.add(listener);
  window.addEventListener('storage', onStorage);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', onStorage);
  };
}

function store(all: readonly SavedSearch[]): SaveOutcome {
  try {
    localStorage.setItem(KEY, JSON.stringify(all));
  } catch {
    // Storage is full or forbidden. The stored list is unchanged.
    return 'refused';
  }
  listeners.forEach((listener) => listener());
  return 'saved';
}

function storedText(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
