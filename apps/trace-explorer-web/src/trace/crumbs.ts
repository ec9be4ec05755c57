import type { TraceSearch } from '../app/router.tsx';

/** A trace from which the reader followed a link to where they are. */
export interface Crumb {
  readonly traceId: string;
  readonly search: TraceSearch;
  readonly service: string;
  readonly name: string;
}

declare module '@tanstack/react-router' {
  interface HistoryState {
    /** Kept with the history entry and not in the address: the way that one reader took is not what they share. */
    readonly crumbs?: readonly Crumb[];
  }
}

// A chain of retries is followed for hours; nobody goes back further.
const MOST_CRUMBS = 6;

/** What a new history entry's crumbs are, from those of the entry before it. */
export function crumbsAfter(
  before: { readonly place: Crumb; readonly crumbs: readonly Crumb[] } | undefined,
  traceId: string,
): readonly Crumb[] {
  if (!before) return [];
  if (before.place.traceId === traceId) return before.crumbs;
  // Back to where the reader has been is a way back, however they took it.
  const known = before.crumbs.findLastIndex((crumb) => crumb.traceId === traceId);
  if (known >= 0) return before.crumbs.slice(0, known);
  return [...before.crumbs, before.place].slice(-MOST_CRUMBS);
}
