import {
  linkAttributeName,
  type LinkAttribute,
  type LinkAttributes,
  type LinkGroups,
} from '@span-links/explorer-api';
import type {
  ErrorPage,
  ExplorerStats,
  LinkDirection,
  LinkGraph,
  LinkPage,
  LinkSort,
  LogPage,
  RejectionList,
  ServiceList,
  SpanDetail,
  SpanMatches,
  SpanStatus,
  Suggestions,
  TraceNames,
  TracePage,
  TraceView,
} from '@span-links/explorer-api';
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { apiRange, type TimeRange } from '../trace-list/time-range.ts';
import { get } from './client.ts';

const PAGE = 50;

/** The trace list, page by page, newest first. */
export function tracesQuery(search: { q?: string; from?: string; to?: string }) {
  return infiniteQueryOptions({
    queryKey: ['traces', search],
    queryFn: ({ pageParam, signal }) =>
      get<TracePage>('/traces', { ...search, limit: PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

export function traceQuery(traceId: string) {
  return queryOptions({
    queryKey: ['trace', traceId],
    queryFn: ({ signal }) => get<TraceView>(`/traces/${traceId}`, {}, signal),
  });
}

export function spanQuery(traceId: string, spanId: string) {
  return queryOptions({
    queryKey: ['trace', traceId, 'span', spanId],
    queryFn: ({ signal }) => get<SpanDetail>(`/traces/${traceId}/spans/${spanId}`, {}, signal),
  });
}

/** Finds spans of a trace by the fields that a list does not show. */
export function findQuery(traceId: string, text: string) {
  return queryOptions({
    queryKey: ['trace', traceId, 'find', text],
    queryFn: ({ signal }) => get<SpanMatches>(`/traces/${traceId}/find`, { text }, signal),
    placeholderData: keepPreviousData,
  });
}

const ERRORS_REFRESH_MS = 5_000;

export function errorsQuery(range: TimeRange) {
  return queryOptions({
    queryKey: ['errors', range],
    queryFn: ({ signal }) => get<ErrorPage>('/errors', apiRange(range), signal),
    refetchInterval: range.to === undefined ? ERRORS_REFRESH_MS : false,
    placeholderData: keepPreviousData,
  });
}

/** A request for log records. */
export interface LogSearch {
  readonly text?: string;
  readonly service?: string;
  /** The least severity number. */
  readonly severity?: number;
  readonly event?: string;
  /** Unix times in ns. */
  readonly from?: string;
  readonly to?: string;
}

export const LOG_PAGE = 100;

/** Log records, page by page, newest first. */
export function logsQuery(search: LogSearch) {
  return infiniteQueryOptions({
    queryKey: ['logs', search],
    queryFn: ({ pageParam, signal }) =>
      get<LogPage>('/logs', { ...search, limit: LOG_PAGE, cursor: pageParam }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** A request for the links of a span. */
export interface LinkSearch {
  readonly sort?: LinkSort;
  readonly order?: 'asc' | 'desc';
  /** A text in the service, name or IDs of the other end, or in the link's attributes. */
  readonly text?: string;
  readonly service?: string;
  readonly status?: SpanStatus;
  readonly relation?: string;
  readonly resolved?: boolean;
  /** In ns; the end is not included. */
  readonly gapFrom?: number;
  readonly gapTo?: number;
  /** Terms about attributes of either end. */
  readonly q?: string;
  /** An attribute and the beginning of its value. */
  readonly by?: string;
  readonly value?: string;
  /** An attribute that the links lack. */
  readonly without?: string;
}

// The first page is small so that it loads at once. A reader who scrolls on may need thousands.
const FIRST_LINK_PAGE = 200;
const NEXT_LINK_PAGE = 1_000;

export function linksQuery(
  traceId: string,
  spanId: string,
  direction: LinkDirection,
  search: LinkSearch = {},
) {
  return infiniteQueryOptions({
    queryKey: ['trace', traceId, 'links', spanId, direction, search],
    queryFn: ({ pageParam, signal }) =>
      get<LinkPage>(
        `/traces/${traceId}/spans/${spanId}/links`,
        {
          direction,
          ...search,
          include: 'names',
          limit: pageParam === null ? FIRST_LINK_PAGE : NEXT_LINK_PAGE,
          cursor: pageParam,
        },
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
    placeholderData: keepPreviousData,
  });
}

/** The number of links that a search leaves. */
export function linkCountQuery(
  traceId: string,
  spanId: string,
  direction: LinkDirection,
  search: LinkSearch,
) {
  return queryOptions({
    queryKey: ['trace', traceId, 'links', spanId, direction, search, 'count'],
    queryFn: async ({ signal }) => {
      const path = `/traces/${traceId}/spans/${spanId}/links`;
      const page = await get<LinkPage>(path, { direction, ...search, limit: 1 }, signal);
      return page.rollUp.total;
    },
  });
}

/** The attributes at either end of a span's links. */
export function linkAttributesQuery(traceId: string, spanId: string, direction: LinkDirection) {
  return queryOptions({
    queryKey: ['trace', traceId, 'links', spanId, direction, 'attributes'],
    queryFn: ({ signal }) =>
      get<LinkAttributes>(`/traces/${traceId}/spans/${spanId}/links/attributes`, { direction }, signal),
    staleTime: 10_000,
  });
}

/** The links that a search finds, by the value of an attribute. */
export function linkGroupsQuery(
  traceId: string,
  spanId: string,
  direction: LinkDirection,
  by: LinkAttribute,
  search: LinkSearch,
) {
  const { sort: _sort, order: _order, ...filter } = search;
  const name = linkAttributeName(by);
  return queryOptions({
    queryKey: ['trace', traceId, 'links', spanId, direction, filter, 'groups', name],
    queryFn: ({ signal }) =>
      get<LinkGroups>(
        `/traces/${traceId}/spans/${spanId}/links/groups`,
        { direction, ...filter, by: name },
        signal,
      ),
  });
}

export function graphQuery(
  traceId: string,
  search: { spanId?: string; depth?: number; width?: number } = {},
) {
  return queryOptions({
    queryKey: ['trace', traceId, 'graph', search],
    queryFn: ({ signal }) => get<LinkGraph>(`/traces/${traceId}/graph`, search, signal),
  });
}

/** The attributes that tell traces apart. */
export function traceNamesQuery(traceIds: readonly string[]) {
  const traceId = traceIds.join(',');
  return queryOptions({
    queryKey: ['trace names', traceId],
    queryFn: ({ signal }) => get<TraceNames>('/trace-names', { traceId }, signal),
    staleTime: 5_000,
  });
}

export const servicesQuery = queryOptions({
  queryKey: ['services'],
  queryFn: ({ signal }) => get<ServiceList>('/services', {}, signal),
});

export const statsQuery = queryOptions({
  queryKey: ['stats'],
  queryFn: ({ signal }) => get<ExplorerStats>('/stats', {}, signal),
});

export const rejectionsQuery = queryOptions({
  queryKey: ['rejections'],
  queryFn: ({ signal }) => get<RejectionList>('/rejections', {}, signal),
});

export function suggestionsQuery(q: string, at: number) {
  return queryOptions({
    queryKey: ['suggestions', q, at],
    queryFn: ({ signal }) => get<Suggestions>('/suggestions', { q, at }, signal),
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}
