const KEY = 'span-links.recent-searches';
const MOST = 8;

/** A list with a search in front, bounded and without repetition. */
export function withRecent(recent: readonly string[], search: string): readonly string[] {
  const text = search.trim();
  if (text === '') return recent;
  return [text, ...recent.filter((other) => other !== text)].slice(0, MOST);
}

/** The searches of this browser, latest first. Storage may be refused and may contain anything. */
export function recentSearches(): readonly string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter((text) => typeof text === 'string').slice(0, MOST) : [];
  } catch {
    return [];
  }
}

export function rememberSearch(search: string): void {
  store(withRecent(recentSearches(), search));
}

export function forgetSearches(): void {
  store([]);
}

function store(recent: readonly string[]): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(recent));
  } catch {
    return;
  }
}
