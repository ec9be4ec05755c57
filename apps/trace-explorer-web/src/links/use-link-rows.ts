import type { LinkDirection, ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { linksQuery, type LinkSearch } from '../api/queries.ts';
import { firstPlaces } from './link-marks.ts';
import { tellingKey } from './telling-attribute.ts';

/** The links of one list, page by page, and their total number. */
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
  const telling = useMemo(() => tellingKey(links), [links]);
  const rollUp = data?.pages.at(-1)?.rollUp;
  // The roll-up counts all links, so the scroll bar is correct from the first page.
  const total = hasNextPage ? Math.max(rollUp?.total ?? 0, links.length + 1) : links.length;
  return {
    query,
    links,
    places,
    telling,
    rollUp,
    count: data ? total : expected,
    largestGapNs: Math.max(Math.abs(rollUp?.gap?.maxNs ?? 0), Math.abs(rollUp?.gap?.minNs ?? 0)),
  };
}

/**
 * The identity of a link in any order. For links to this span, the index is that of the linking
 * span.
 */
export function linkKey({ traceId, spanId, index }: ResolvedLink, direction: LinkDirection): string {
  return direction === 'out' ? String(index) : `${traceId}${spanId}${index}`;
}
