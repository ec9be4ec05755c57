import type { LinkDirection, ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { linksQuery, type LinkSearch } from '../api/queries.ts';
import { firstPlaces } from './link-marks.ts';

/** The links of one list, page after page, and how many there are in all. */
export function useLinkRows(
  span: SpanSummary,
  direction: LinkDirection,
  search: LinkSearch,
  expected: number,
) {
  const query = useInfiniteQuery(linksQuery(span.traceId, span.spanId, direction, search));
  const { data, hasNextPage } = query;
  const links = useMemo(() => data?.pages.flatMap((page) => page.links) ?? [], [data]);
  const places = useMemo(() => firstPlaces(links), [links]);
  const rollUp = data?.pages.at(-1)?.rollUp;
  // The roll-up counts all of them, so that the scroll bar tells the truth from the first page on.
  const total = hasNextPage ? Math.max(rollUp?.total ?? 0, links.length + 1) : links.length;
  return {
    query,
    links,
    places,
    rollUp,
    count: data ? total : expected,
    largestGapNs: Math.max(Math.abs(rollUp?.gap?.maxNs ?? 0), Math.abs(rollUp?.gap?.minNs ?? 0)),
  };
}

/** What makes a link the same one in another order. Of links that lead here, the index is its bearer's. */
export function linkKey({ traceId, spanId, index }: ResolvedLink, direction: LinkDirection): string {
  return direction === 'out' ? String(index) : `${traceId}${spanId}${index}`;
}
