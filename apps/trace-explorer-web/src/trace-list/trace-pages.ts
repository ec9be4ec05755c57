import type { TracePage, TraceSummary } from '@span-links/explorer-api';
import type { InfiniteData } from '@tanstack/react-query';

/** The pages of the list as the query cache holds them. */
export type TracePages = InfiniteData<TracePage, string | null>;

/** The rows of all pages, each trace once: between two pages, a trace may have moved. */
export function tracesOf(pages: TracePages | undefined): readonly TraceSummary[] {
  const traces = new Map<string, TraceSummary>();
  for (const page of pages?.pages ?? []) {
    for (const trace of page.traces) if (!traces.has(trace.traceId)) traces.set(trace.traceId, trace);
  }
  return [...traces.values()];
}

/** Gives known traces their new figures where they stand. The same pages come back where nothing is known of any. */
export function withUpdates(pages: TracePages, updates: ReadonlyMap<string, TraceSummary>): TracePages {
  let isChanged = false;
  const updated = pages.pages.map((page) => {
    if (!page.traces.some(({ traceId }) => updates.has(traceId))) return page;
    isChanged = true;
    return { ...page, traces: page.traces.map((trace) => updates.get(trace.traceId) ?? trace) };
  });
  return isChanged ? { ...pages, pages: updated } : pages;
}

/** Puts traces where their time says, known ones too. What belongs below the last row that is loaded comes with its page. */
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

/** The server's order. Unix times have as many digits as each other for the next two centuries, but clocks at 1970 exist. */
export function newestFirst(a: TraceSummary, b: TraceSummary): number {
  const difference = BigInt(b.startTime) - BigInt(a.startTime);
  if (difference !== 0n) return difference > 0n ? 1 : -1;
  return a.traceId < b.traceId ? 1 : a.traceId > b.traceId ? -1 : 0;
}
