import { parseQuery, type LiveTraces, type TraceSummary } from '@span-links/explorer-api';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { useLive, type LiveState } from '../api/live.ts';
import { tracesQuery } from '../api/queries.ts';
import type { ListSearch } from '../app/router.tsx';
import { LiveMerge, type News, type Reading } from './live-merge.ts';
import { apiRange } from './time-range.ts';
import { tracesOf, type TracePages } from './trace-pages.ts';

const HALF_AN_HOUR_MS = 1_800_000;

/** The rows of a search, more of them on demand, and what comes in for it. */
export interface TraceFeed {
  readonly traces: readonly TraceSummary[];
  readonly query: ReturnType<typeof useTracePages>;
  readonly isReadable: boolean;
  readonly news: News;
  readonly live: LiveState;
  readonly showAll: () => Promise<void>;
}

export function useTraceFeed({ q, from, to }: ListSearch, reading: Reading): TraceFeed {
  const client = useQueryClient();
  const range = useMemo(
    () => ({ ...(from !== undefined && { from }), ...(to !== undefined && { to }) }),
    [from, to],
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
    // What changes is merged in; to ask for all pages anew would move the rows under the reader.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    // Back from a trace that was read for a while, the list is where it was.
    gcTime: HALF_AN_HOUR_MS,
  });
}

/** One function for the life of the page: the connection must not be made anew for each search. */
function useTake(merge: LiveMerge): (event: LiveTraces) => void {
  const latest = useRef(merge);
  useEffect(() => {
    latest.current = merge;
  }, [merge]);
  return useCallback((event) => latest.current.take(event), []);
}
