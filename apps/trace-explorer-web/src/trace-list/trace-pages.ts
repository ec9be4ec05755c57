import type { TracePage, TraceSummary } from '@span-links/explorer-api';
import type { InfiniteData } from '@tanstack/react-query';

/** The pages of the list in the query cache. */
export type TracePages = InfiniteData<TracePage, string | null>;

/** The rows of all pages, each trace once, because a trace may have moved between two pages. */
export function tracesOf(pages: TracePages | undefined): readonly TraceSummary[] {
  const traces = new Map<string, TraceSummary>();
  for (const page of pages?.pages ?? []) {
    for (const trace of page.traces) if (!traces.has(trace.traceId)) traces.set(trace.traceId, trace);
  }
  return [...traces.values()];
}

/** Updates known traces in place. Returns the same pages if none is known. */
export function withUpdates(pages: TracePages, updates: ReadonlyMap<string, TraceSummary>): TracePages {
  let isChanged = false;
  const updated = pages.pages.map((page) => {
    if (!page.traces.some(({ traceId }) => updates.has(traceId))) return page;
    isChanged = true;
    return { ...page, traces: page.traces.map((trace) => updates.get(trace.traceId) ?? trace) };
  });
  return isChanged ? { ...pages, pages: updated } : pages;
}

/**
 * Puts traces at the place of their time, including known ones. Traces below the last loaded row
 * come with their page.
 */
export function withTraces(pages: TracePages, traces: readonly TraceSummary[]): TracePages {
  const placed = new Set(traces.map(({ traceId }) => traceId));
  const kept = pages.pages.map((page) => ({
    ...page,
    traces: page.traces.filter(({ traceId }) => !placed.has(traceId)),
  }));
  const ends = pages.pages.map(({ traces: loaded }) => loaded.at(-1));
  const added = kept.map((): TraceSummary[] => []);
  for (const trace of traces) {
    const index = ends.findIndex((end) => end !== undefined && newestFirst(trace, end) <= 0);
    const isAtEnd = index < 0 && pages.pages.at(-1)?.nextCursor === null;
    added[isAtEnd ? added.length - 1 : index]?.push(trace);
  }
  return {
    ...pages,
    pages: kept.map((page, index) => {
      const more = added[index] ?? [];
      return more.length === 0 ? page : { ...page, traces: [...page.traces, ...more].sort(newestFirst) };
    }),
  };
}

/**
 * The server's order. Unix times have the same number of digits for the next two centuries, but
 * clocks at 1970 exist.
 */
export function newestFirst(a: TraceSummary, b: TraceSummary): number {
  const difference = BigInt(b.startTime) - BigInt(a.startTime);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return a.traceId < b.traceId ? 1 : a.traceId > b.traceId ? -1 : 0;
}
