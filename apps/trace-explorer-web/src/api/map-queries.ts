import type { LinkMap, WaitPage } from '@span-links/explorer-api';
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiRange, type TimeRange } from '../trace-list/time-range.ts';
import { get } from './client.ts';

const REFRESH_MS = 5_000;

/** A range without an end is queried again, because its times move on. */
function refreshed({ to }: TimeRange): number | false {
  return to === undefined ? REFRESH_MS : false;
}

export function mapQuery(range: TimeRange) {
  return queryOptions({
    queryKey: ['map', range],
    queryFn: ({ signal }) => get<LinkMap>('/map', apiRange(range), signal),
    refetchInterval: refreshed(range),
    placeholderData: keepPreviousData,
  });
}

export function waitsQuery(range: TimeRange) {
  return queryOptions({
    queryKey: ['waits', range],
    queryFn: ({ signal }) => get<WaitPage>('/waits', apiRange(range), signal),
    refetchInterval: refreshed(range),
    placeholderData: keepPreviousData,
  });
}
