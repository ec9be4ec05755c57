import type { JourneyPage, JourneySort, JourneyView } from '@span-links/explorer-api';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { get } from './client.ts';

export const JOURNEY_PAGE = 50;

/** A request for journeys; times are unix ns. */
export interface JourneySearch {
  readonly q?: string;
  readonly from?: string;
  readonly to?: string;
  readonly sort?: JourneySort;
  /** A link of the map that the journeys crossed; unix times and waits in ns. */
  readonly link?: number;
  readonly linkFrom?: string;
  readonly linkTo?: string;
  readonly waitFrom?: number;
  readonly waitTo?: number;
}

/** The list of journeys, page by page. */
export function journeysQuery(search: JourneySearch) {
  return infiniteQueryOptions({
    queryKey: ['journeys', search],
    queryFn: ({ pageParam, signal }) =>
      get<JourneyPage>('/journeys', { ...search, limit: JOURNEY_PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

const UNSETTLED = ['waiting', 'overdue', 'running', 'settling'];
const REFRESH_MS = 2_000;

/** A journey with its units. It is queried again while more of it may come. */
export function journeyQuery(journeyId: string) {
  return queryOptions({
    queryKey: ['journey', journeyId],
    queryFn: ({ signal }) => get<JourneyView>(`/journeys/${journeyId}`, {}, signal),
    refetchInterval: ({ state: { data } }) =>
      data && UNSETTLED.includes(data.summary.state) ? REFRESH_MS : REFRESH_MS * 5,
  });
}
