import { parseQuery, type JourneyPage, type JourneySummary } from '@span-links/explorer-api';
import { useInfiniteQuery, useQueryClient, type InfiniteData } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { get } from '../api/client.ts';
import { JOURNEY_PAGE, journeysQuery, type JourneySearch } from '../api/journey-queries.ts';
import type { Reading } from '../trace-list/live-merge.ts';

const POLL_MS = 2_000;
const HALF_AN_HOUR_MS = 1_800_000;

export type JourneyPages = InfiniteData<JourneyPage, string | null>;

/** New journeys that are not shown yet, and journeys that were just shown. */
export interface JourneyNews {
  readonly waiting: number;
  readonly fresh: ReadonlySet<string>;
}

const NO_NEWS: JourneyNews = { waiting: 0, fresh: new Set() };

/**
 * The rows of a search, more on demand, and new ones. One of several explorer processes keeps the
 * journeys, so the page queries its first rows every two seconds and gets no events.
 */
export function useJourneyFeed(search: JourneySearch, reading: Reading, isFixed: boolean) {
  const client = useQueryClient();
  const options = useMemo(() => journeysQuery(search), [search]);
  const isReadable = parseQuery(search.q ?? '').ok;
  const query = useInfiniteQuery({
    ...options,
    enabled: isReadable,
    // Changes are merged in. Querying all pages again would move the visible rows.
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
    gcTime: HALF_AN_HOUR_MS,
  });
  const [news, setNews] = useState(NO_NEWS);
  const [isLost, setLost] = useState(false);
  const latest = useRef(reading);
  useEffect(() => {
    latest.current = reading;
  }, [reading]);
  const { queryKey } = options;
  const take = useMemo(
    () => async (how: Reading, signal?: AbortSignal) => {
      const page = await get<JourneyPage>('/journeys', { ...search, limit: JOURNEY_PAGE }, signal);
      const pages = client.getQueryData<JourneyPages>(queryKey);
      if (pages === undefined) return;
      const known = new Set(journeysOf(pages).map(({ journeyId }) => journeyId));
      const unknown = page.journeys.filter(({ journeyId }) => !known.has(journeyId));
      if (how === 'following') {
        client.setQueryData<JourneyPages>(queryKey, withFirstPage(pages, page));
        setNews({ waiting: 0, fresh: new Set(unknown.map(({ journeyId }) => journeyId)) });
      } else {
        if (how === 'reading') client.setQueryData<JourneyPages>(queryKey, withUpdates(pages, page.journeys));
        setNews(({ fresh }) => ({ waiting: unknown.length, fresh }));
      }
    },
    [client, queryKey, search],
  );
  useEffect(() => {
    if (isFixed || !isReadable) return;
    const requests = new AbortController();
    const timer = setInterval(() => {
      if (document.hidden) return;
      take(latest.current, requests.signal).then(
        () => setLost(false),
        () => setLost(!requests.signal.aborted),
      );
    }, POLL_MS);
    return () => {
      clearInterval(timer);
      requests.abort();
    };
  }, [take, isFixed, isReadable]);
  const journeys = useMemo(() => journeysOf(query.data as JourneyPages | undefined), [query.data]);
  return { journeys, query, isReadable, news, isLost, showAll: () => take('following') };
}

export type JourneyFeed = ReturnType<typeof useJourneyFeed>;

export function journeysOf(pages: JourneyPages | undefined): JourneySummary[] {
  return pages?.pages.flatMap(({ journeys }) => journeys) ?? [];
}

/** The first rows as they are now, followed by the older rows if there is no gap. */
export function withFirstPage(pages: JourneyPages, first: JourneyPage): JourneyPages {
  const rows = journeysOf(pages);
  const lastId = first.journeys.at(-1)?.journeyId;
  const joint = rows.findIndex(({ journeyId }) => journeyId === lastId);
  const top = new Set(first.journeys.map(({ journeyId }) => journeyId));
  const rest = joint < 0 ? [] : rows.slice(joint + 1).filter(({ journeyId }) => !top.has(journeyId));
  if (rest.length === 0) return { pages: [first], pageParams: [null] };
  const end = pages.pages.at(-1)!;
  return { pages: [first, { ...end, journeys: rest }], pageParams: [null, first.nextCursor] };
}

/** Updates shown rows in place. */
export function withUpdates(pages: JourneyPages, updates: readonly JourneySummary[]): JourneyPages {
  const byId = new Map(updates.map((journey) => [journey.journeyId, journey]));
  return {
    ...pages,
    pages: pages.pages.map((page) => ({
      ...page,
      journeys: page.journeys.map((journey) => byId.get(journey.journeyId) ?? journey),
    })),
  };
}
