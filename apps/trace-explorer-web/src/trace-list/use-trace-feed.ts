import { parseQuery, type LiveTraces, type TraceSummary } from '@span-links/explorer-api';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useLive, type LiveState } from '../api/live.ts';
import { tracesQuery } from '../api/queries.ts';
import type { ListSearch } from '../app/address.ts';
import { LiveMerge, type News, type Reading } from './live-merge.ts';
import { absoluteRange, apiRange } from './time-range.ts';
import { tracesOf, type TracePages } from './trace-pages.ts';

const HALF_AN_HOUR_MS = 1_800_000;

/** The rows of a search, more on demand, and new ones. */
export interface TraceFeed {
  readonly traces: readonly TraceSummary[];
  readonly query: ReturnType<typeof useTracePages>;
  readonly isReadable: boolean;
  readonly news: News;
  readonly live: LiveState;
  readonly showAll: () => Promise<void>;
}

export function useTraceFeed({ q, from, to, last }: ListSearch, reading: Reading): TraceFeed {
  const client = useQueryClient();
  const range = useMemo(
    () =>
      absoluteRange({
        ...(from !== undefined && { from }),
        ...(to !== undefined && { to }),
        ...(last !== undefined && { last }),
      }),
    [from, to, last],
  );
  const search = useMemo(() => ({ ...(q !== undefined && { q }), ...apiRange(range) }), [q, range]);
  const isReadable = parseQuery(q ?? '').ok;
  const query = useTracePages(search, isReadable);
  const merge = useMemo(() => new LiveMerge(client, search, range), [client, search, range]);
  useEffect(() => {
    merge.start();
    return () => merge.stop();
  }, [merge]);
  useEffect(() => merge.setReading(reading), [merge, reading]);
  const news = useSyncExternalStore(merge.subscribe, merge.news);
  const live = useLive(useTake(merge));
  const traces = useMemo(() => tracesOf(query.data as TracePages | undefined), [query.data]);
  return { traces, query, isReadable, news, live, showAll: () => merge.showAll() };
}

function useTracePages(search: { q?: string; from?: string; to?: string }, isReadable: boolean) {
  return useInfiniteQuery({
    ...tracesQuery(search),
    enabled: isReadable,
    // Changes are merged in. Querying all pages again would move the visible rows.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // The list keeps its place for a reader who comes back from a trace.
    gcTime: HALF_AN_HOUR_MS,
  });
}

/**
 * One function for the life of the page, because the connection must not be made again for each
 * search.
 */
function useTake(merge: LiveMerge): (event: LiveTraces) => void {
  const latest = useRef(merge);
  useEffect(() => {
    latest.current = merge;
  }, [merge]);
  return useCallback((event) => latest.current.take(event), []);
}
