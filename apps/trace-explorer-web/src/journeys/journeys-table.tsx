import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState, type CSSProperties } from 'react';
import { statsQuery } from '../api/queries.ts';
import type { JourneysSearch } from '../app/address.ts';
import { ListFailure } from '../trace-list/list-failure.tsx';
import { ListSkeleton } from '../trace-list/list-skeleton.tsx';
import { NoTraces } from '../trace-list/no-traces.tsx';
import { formatInstantShortly, zoneName } from '../time/instant.ts';
import { useOffsetTop } from '../trace-list/trace-rows.tsx';
import type { useReading } from '../trace-list/use-reading.ts';
import { useRowKeys } from '../trace-list/use-row-keys.ts';
import type { JourneyFeed } from './journey-feed.ts';
import columns from './journey-row.module.css';
import { JourneyRow } from './journey-row.tsx';
import styles from './journeys-page.module.css';

const COLUMNS = ['Critical path', 'Took', 'State'];
const WIDE_ROW = 3.5;
const NARROW_ROW = 6.5;
/** The next page is requested this many rows before the end. */
const AHEAD = 10;

interface TableProps {
  readonly feed: JourneyFeed;
  readonly search: JourneysSearch;
  readonly holds: ReturnType<typeof useReading>;
  readonly onSearch: (search: JourneysSearch) => void;
}

/** The list, or the message that replaces it. */
export function JourneysTable({ feed, search, holds, onSearch }: TableProps) {
  const { journeys, query, isReadable } = feed;
  // The box above shows the error of the query.
  if (!isReadable) return null;
  if (query.data === undefined) {
    const problem = query.error ?? query.failureReason;
    if (problem === null) return <ListSkeleton />;
    return <ListFailure error={problem} onRetry={() => void query.refetch()} />;
  }
  if (journeys.length === 0 && query.hasNextPage) return <End feed={feed} />;
  if (journeys.length === 0) {
    const isEverything = Object.keys(search).every((name) => name === 'sort');
    return isEverything ? <NoJourneys /> : <NoMatch hint={query.data.pages[0]?.hint} onSearch={onSearch} />;
  }
  return (
    <>
      <div role="table" aria-label="Journeys" aria-rowcount={query.hasNextPage ? -1 : journeys.length + 1}>
        <div role="rowgroup" className={columns.columnHead}>
          <div role="row" aria-rowindex={1} className={columns.columns}>
            <span role="columnheader">Journey, started ({zoneName()})</span>
            {COLUMNS.map((column) => (
              <span key={column} role="columnheader">
                {column}
              </span>
            ))}
          </div>
        </div>
        <Rows feed={feed} holds={holds} />
      </div>
      <End feed={feed} />
    </>
  );
}

/**
 * Draws only the visible rows. All have the same height, so none has to be measured and nothing
 * jumps.
 */
function Rows({ feed: { journeys, query, news }, holds }: Pick<TableProps, 'feed' | 'holds'>) {
  const list = useRef<HTMLDivElement>(null);
  const rowHeight = useRowHeight();
  const scrollMargin = useOffsetTop(list);
  const virtualizer = useWindowVirtualizer({
    count: journeys.length,
    estimateSize: () => rowHeight,
    overscan: 8,
    scrollMargin,
    getItemKey: (index) => journeys[index]?.journeyId ?? index,
  });
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  const lastIndex = items.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData, fetchNextPage } = query;
  // An expensive search only continues when its reader asks for it.
  const isCheap = query.data?.pages.at(-1)?.searchedBackTo === null;
  const wantsMore =
    hasNextPage && isCheap && !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData;
  useEffect(() => {
    if (wantsMore && lastIndex >= journeys.length - AHEAD) void fetchNextPage({ cancelRefetch: false });
  }, [wantsMore, lastIndex, journeys.length, fetchNextPage]);
  useRowKeys(list);
  return (
    <div
      ref={list}
      role="rowgroup"
      className={styles.rows}
      data-stale={isPlaceholderData}
      style={{ height: virtualizer.getTotalSize() }}
      onFocus={holds.onFocus}
      onBlur={holds.onBlur}
      onPointerMove={holds.onPointerMove}
      onPointerLeave={holds.onPointerLeave}
    >
      {items.map(({ index, key, start, size }) => {
        const journey = journeys[index];
        const place: CSSProperties = { height: size, transform: `translateY(${start - scrollMargin}px)` };
        return (
          journey && (
            <div key={key} role="presentation" className={styles.place} style={place}>
              <JourneyRow journey={journey} index={index} isFresh={news.fresh.has(journey.journeyId)} />
            </div>
          )
        );
      })}
    </div>
  );
}

/** The end of the list. It has the same height with any text. */
function End({ feed: { query } }: Pick<TableProps, 'feed'>) {
  const more = () => void query.fetchNextPage({ cancelRefetch: false });
  const searchedBackTo = query.data?.pages.at(-1)?.searchedBackTo ?? null;
  const text = () => {
    if (query.isFetchingNextPage) return 'Loading more …';
    if (query.isFetchNextPageError)
      return <MoreButton label="The next rows could not be loaded. Try again" onMore={more} />;
    if (!query.hasNextPage) return 'No more journeys';
    if (searchedBackTo === null) return <MoreButton label="More" onMore={more} />;
    return (
      <>
        Searched back to {formatInstantShortly(searchedBackTo)}.{' '}
        <MoreButton label="Search further" onMore={more} />
      </>
    );
  };
  return (
    <div className={styles.end}>
      <p>{text()}</p>
    </div>
  );
}

function MoreButton({ label, onMore }: { readonly label: string; readonly onMore: () => void }) {
  return (
    <button type="button" className={styles.more} onClick={onMore}>
      {label}
    </button>
  );
}

function NoJourneys() {
  const { data } = useQuery(statsQuery);
  if (data === undefined) return <ListSkeleton />;
  if (data.traces === 0) return <NoTraces />;
  return (
    <section className={styles.notice} aria-label="No journeys yet">
      <h2>No journeys yet</h2>
      <p>
        A journey follows one item across traces: from a request over a queue to the batch that handles it. It
        needs span links between those traces, or a producer span that someone will link to. None of the
        traces here has one.
      </p>
      <p className={styles.actions}>
        <Link to="/traces">See the traces</Link>
      </p>
    </section>
  );
}

function NoMatch({ hint, onSearch }: Pick<TableProps, 'onSearch'> & { readonly hint: string | undefined }) {
  return (
    <section className={styles.notice} aria-label="No journeys found">
      <h2>No journey fits</h2>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
      <p>
        All terms about spans have to hold of one and the same span of a journey. <code>journey.state</code>,{' '}
        <code>journey.wait</code> and <code>journey.total</code> hold of the whole.
      </p>
      <p className={styles.actions}>
        <button type="button" className={styles.more} onClick={() => onSearch({})}>
          Show all journeys
        </button>
      </p>
    </section>
  );
}

/** In px. It grows with the reader's font size. */
function useRowHeight(): number {
  const [height, setHeight] = useState(rowHeightNow);
  useEffect(() => {
    const onResize = () => setHeight(rowHeightNow());
    window.addEventListener('resize', onResize);
    return () => window.removeEventListener('resize', onResize);
  }, []);
  return height;
}

function rowHeightNow(): number {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return Math.round((window.matchMedia('(max-width: 799px)').matches ? NARROW_ROW : WIDE_ROW) * rem);
}
