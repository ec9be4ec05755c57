import { useCallback } from 'react';
import type { ListSearch } from '../app/router.tsx';
import { ListEnd } from './list-end.tsx';
import { ListFailure } from './list-failure.tsx';
import { ListSkeleton } from './list-skeleton.tsx';
import { NoMatches } from './no-matches.tsx';
import { NoTraces } from './no-traces.tsx';
import columns from './trace-row.module.css';
import { TraceRows } from './trace-rows.tsx';
import type { useReading } from './use-reading.ts';
import type { TraceFeed } from './use-trace-feed.ts';

const COLUMNS = ['Started', 'Trace', 'Other services', 'Links', 'Status', 'Spans', 'Duration'];

/** The list, or what there is to say in its place. */
export function TraceTable({
  feed: { traces, query, isReadable, news },
  search,
  holds,
  onSearch,
}: {
  readonly feed: TraceFeed;
  readonly search: ListSearch;
  readonly holds: ReturnType<typeof useReading>;
  readonly onSearch: (search: ListSearch) => void;
}) {
  const { fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData } = query;
  const isIdle = !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData;
  // A search that is dear to answer goes on when its reader says so.
  const isCheap = query.data?.pages.at(-1)?.searchedBackTo === null;
  const loadMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  // The box above says what is wrong with the query.
  if (!isReadable) return null;
  if (query.data === undefined) {
    // Said after the first failure: the tries that follow it take seconds.
    const problem = query.error ?? query.failureReason;
    if (problem === null) return <ListSkeleton />;
    return <ListFailure error={problem} onRetry={() => void query.refetch()} />;
  }
  if (traces.length === 0 && hasNextPage) return <ListEnd query={query} />;
  if (traces.length === 0) {
    const isEverything = search.q === undefined && search.from === undefined && search.to === undefined;
    return isEverything ? <NoTraces /> : <NoMatches search={search} onSearch={onSearch} />;
  }
  return (
    <div role="table" aria-label="Traces" aria-rowcount={hasNextPage ? -1 : traces.length + 1}>
      <div role="rowgroup" className={columns.columnHead}>
        <div role="row" aria-rowindex={1} className={columns.columns}>
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader">
              {column}
            </span>
          ))}
        </div>
      </div>
      <TraceRows
        traces={traces}
        fresh={news.fresh}
        isStale={isPlaceholderData}
        hasMore={hasNextPage && isIdle && isCheap}
        onMore={loadMore}
        holds={holds}
      />
      <ListEnd query={query} />
    </div>
  );
}
