import type { LinkDirection, ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { LinkSearch } from '../api/queries.ts';
import { LinkColumns } from './link-columns.tsx';
import { LinkDetail } from './link-detail.tsx';
import styles from './link-list.module.css';
import { LinkRow, type LinkRowProps } from './link-row.tsx';
import { LinkPlaceholder } from './link-placeholder.tsx';
import { ListFailure } from './list-failure.tsx';
import { useOffsetInScroller, useScroller } from './scroller.ts';
import { useLinkView } from './use-link-view.ts';
import { linkKey, useLinkRows } from './use-link-rows.ts';
import { useListKeys } from './use-list-keys.ts';

// The height of unmeasured rows, as in links-tab.module.css.
const ROW = 36;
const CARD = 58;
const HEAD = 28;
const OVERSCAN = 8;

interface LinkListProps {
  readonly span: SpanSummary;
  readonly direction: LinkDirection;
  readonly search: LinkSearch;
  /** The probable number, until the server has answered. */
  readonly expected: number;
  readonly label: string;
}

/** The links of one direction or group as rows. Only visible rows are drawn. */
export function LinkList({ label, ...props }: LinkListProps) {
  const { span, direction } = props;
  const [{ linkSort }, changeView] = useLinkView();
  const { list, rows, open, toggle, virtualizer, keys } = useLinkList(props);
  const { query, links, count, places, telling, largestGapNs } = rows;
  const inSight = virtualizer.getVirtualItems();
  useNextPage(query, (inSight.at(-1)?.index ?? -1) >= links.length);
  const shared = { direction, span, places, telling, largestGapNs };
  if (query.isError && links.length === 0) return <ListFailure query={query} />;
  return (
    <div
      role="grid"
      aria-label={label}
      aria-rowcount={count + 1}
      aria-busy={query.isPending || query.isPlaceholderData}
      className={styles.list}
      data-stale={query.isPlaceholderData}
      onKeyDown={keys.onKeyDown}
      onFocus={keys.onFocus}
      onBlur={keys.onBlur}
    >
      <LinkColumns
        linkSort={linkSort}
        direction={direction}
        onSort={(next) => changeView({ linkSort: next })}
      />
      <div ref={list} role="rowgroup" className={styles.rows} style={{ height: virtualizer.getTotalSize() }}>
        {inSight.map(({ index, key, start }) => (
          <div
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            role="presentation"
            className={styles.place}
            style={{ transform: `translateY(${start - virtualizer.options.scrollMargin}px)` }}
          >
            <Place
              {...shared}
              link={links[index]}
              place={index}
              isOpen={open.has(String(key))}
              isActive={index === keys.active}
              takesFocus={keys.takesFocus && index === keys.active}
              onToggle={toggle}
            />
          </div>
        ))}
      </div>
      {query.isFetchNextPageError && <ListFailure query={query} />}
    </div>
  );
}

function useLinkList({ span, direction, search, expected }: Omit<LinkListProps, 'label'>) {
  const list = useRef<HTMLDivElement>(null);
  const rows = useLinkRows(span, direction, search, expected);
  const { links, count } = rows;
  const [open, toggle] = useOpenRows(links, direction);
  const activePlace = useRef(0);
  const virtualizer = useRowsInSight(list, count, useKeys(links, direction), activePlace);
  const keys = useListKeys({
    count,
    linkAt: (place) => links[place],
    onToggle: toggle,
    scrollTo: (place) => virtualizer.scrollToIndex(place),
  });
  activePlace.current = keys.active;
  return { list, rows, open, toggle, virtualizer, keys };
}

/**
 * The same function while the links are the same. For a new function, the list computes all places
 * again.
 */
function useKeys(links: readonly ResolvedLink[], direction: LinkDirection): (place: number) => string {
  return useCallback(
    (place) => {
      const link = links[place];
      return link ? linkKey(link, direction) : `place ${place}`;
    },
    [links, direction],
  );
}

function Place({ link, ...props }: Omit<LinkRowProps, 'link'> & { link: ResolvedLink | undefined }) {
  if (!link) return <LinkPlaceholder place={props.place} takesFocus={props.takesFocus} />;
  return (
    <>
      <LinkRow link={link} {...props} />
      {props.isOpen && <LinkDetail link={link} direction={props.direction} />}
    </>
  );
}

function useOpenRows(links: readonly ResolvedLink[], direction: LinkDirection) {
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = useCallback(
    (place: number) => {
      const link = links[place];
      if (!link) return;
      const key = linkKey(link, direction);
      setOpen((before) => {
        const after = new Set(before);
        if (!after.delete(key)) after.add(key);
        return after;
      });
    },
    [links, direction],
  );
  return [open, toggle] as const;
}

function useRowsInSight(
  list: React.RefObject<HTMLElement | null>,
  count: number,
  keyOf: (place: number) => string,
  activePlace: React.RefObject<number>,
) {
  const scroller = useScroller();
  const scrollMargin = useOffsetInScroller(list);
  const size = scroller?.hasCards ? CARD : ROW;
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller?.element ?? null,
    estimateSize: () => size,
    getItemKey: keyOf,
    scrollMargin,
    scrollPaddingStart: HEAD,
    overscan: OVERSCAN,
    // The focus would be lost with its row.
    rangeExtractor: (range) => {
      const places = defaultRangeExtractor(range);
      const active = activePlace.current;
      if (active >= count || places.includes(active)) return places;
      return [...places, active].sort((a, b) => a - b);
    },
  });
  // Rows turn into cards and back, including invisible ones.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, size]);
  return virtualizer;
}

function useNextPage(
  query: Pick<
    ReturnType<typeof useLinkRows>['query'],
    'hasNextPage' | 'isFetching' | 'isFetchNextPageError' | 'fetchNextPage'
  >,
  isInSight: boolean,
): void {
  const { hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  useEffect(() => {
    if (isInSight && hasNextPage && !isFetching && !isFetchNextPageError) void fetchNextPage();
  }, [isInSight, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
}
