import { LOG_SEVERITIES, type LogPage } from '@span-links/explorer-api';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { get } from '../api/client.ts';
import { useLive, type LiveState } from '../api/live.ts';
import { LOG_PAGE, logsQuery, type LogSearch } from '../api/queries.ts';
import type { LogsSearch } from '../app/address.ts';
import { AtMostEvery } from '../trace-list/at-most-every.ts';
import type { News, Reading } from '../trace-list/live-merge.ts';
import { apiRange, isLive } from '../trace-list/time-range.ts';
import { logsOf, newIn, withFirstPage, type LogPages } from './log-pages.ts';

const ASK_PAUSE_MS = 1_000;
const HALF_AN_HOUR_MS = 1_800_000;
const NO_NEWS: News = { waiting: 0, isMore: false, fresh: new Set() };

/** The rows of the list, more on demand, and new ones. */
export function useLogFeed(search: LogsSearch, reading: Reading) {
  const asked = useAsked(search);
  const options = useMemo(() => logsQuery(asked), [asked]);
  const query = useInfiniteQuery({
    ...options,
    // New records are merged in. Querying all pages again would move the visible rows.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: HALF_AN_HOUR_MS,
  });
  const { news, live, showAll } = useNewLogs(asked, reading, isLive(search));
  const logs = useMemo(() => logsOf(query.data as LogPages | undefined), [query.data]);
  return { logs, query, news, live, showAll };
}

export type LogFeed = ReturnType<typeof useLogFeed>;

/** A relative range is relative to the time at which it was chosen or the page was opened. */
function useAsked(search: LogsSearch): LogSearch {
  const key = JSON.stringify(search);
  return useMemo(() => {
    const { text, service, severity, event, ...range } = JSON.parse(key) as LogsSearch;
    return {
      ...(text !== undefined && { text }),
      ...(service !== undefined && { service }),
      ...(severity !== undefined && { severity: LOG_SEVERITIES.indexOf(severity) * 4 + 1 }),
      ...(event !== undefined && { event }),
      ...apiRange(range),
    };
  }, [key]);
}

/**
 * Queries the first page after the server told of new records, at most once a second. The records
 * wait while the reader reads.
 */
function useNewLogs(asked: LogSearch, reading: Reading, follows: boolean) {
  const client = useQueryClient();
  const [news, setNews] = useState(NO_NEWS);
  const latest = useRef(reading);
  const take = useCallback(
    async (how: Reading, signal?: AbortSignal) => {
      const { queryKey } = logsQuery(asked);
      if (client.getQueryData<LogPages>(queryKey) === undefined) return;
      const page = await get<LogPage>('/logs', { ...asked, limit: LOG_PAGE }, signal);
      const pages = client.getQueryData<LogPages>(queryKey);
      // A page that is being loaded is added to the pages from the time of its request.
      if (pages === undefined || client.isFetching({ queryKey, exact: true }) > 0) return;
      const unknown = newIn(pages, page);
      const isMore = unknown.length === LOG_PAGE;
      if (how !== 'following') return setNews({ waiting: unknown.length, isMore, fresh: NO_NEWS.fresh });
      if (unknown.length > 0) client.setQueryData<LogPages>(queryKey, withFirstPage(pages, page));
      setNews({ waiting: 0, isMore: false, fresh: new Set(unknown.map(({ id }) => id)) });
    },
    [client, asked],
  );
  const asking = useRef<AtMostEvery | undefined>(undefined);
  useEffect(() => {
    setNews(NO_NEWS);
    if (!follows) return;
    const requests = new AbortController();
    const every = new AtMostEvery(
      ASK_PAUSE_MS,
      // The next event asks again, and the live sign says that the server is gone.
      () => void take(latest.current, requests.signal).catch(() => undefined),
    );
    asking.current = every;
    // Something may have come in since the reader left these pages.
    every.ask();
    return () => {
      asking.current = undefined;
      every.stop();
      requests.abort();
    };
  }, [take, follows]);
  useEffect(() => {
    latest.current = reading;
    if (reading === 'following') asking.current?.ask();
  }, [reading]);
  const live: LiveState = useLive(
    undefined,
    useCallback(() => asking.current?.ask(), []),
  );
  return { news, live, showAll: () => take('following').catch(() => undefined) };
}
