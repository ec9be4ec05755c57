import type { TraceSearch } from '../app/address.ts';

/** A trace from which the reader followed a link. */
export interface Crumb {
  readonly traceId: string;
  readonly search: TraceSearch;
  readonly service: string;
  readonly name: string;
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /**
     * Kept in the history entry and not in the address, because a reader's way is not part of what
     * they share.
     */
    readonly crumbs?: readonly Crumb[];
  }
}

// A chain of retries can be long, and nobody goes back further.
const MOST_CRUMBS = 6;

/** The crumbs of a new history entry, from those of the previous entry. */
export function crumbsAfter(
  before: { readonly place: Crumb; readonly crumbs: readonly Crumb[] } | undefined,
  traceId: string,
): readonly Crumb[] {
  if (!before) return [];
  if (before.place.traceId === traceId) return before.crumbs;
  // A return to a visited trace is a way back, however the reader got there.
  const known = before.crumbs.findLastIndex((crumb) => crumb.traceId === traceId);
  if (known >= 0) return before.crumbs.slice(0, known);
  return [...before.crumbs, before.place].slice(-MOST_CRUMBS);
}
