import { useCallback } from 'react';
import type { ListSearch } from '../app/address.ts';
import { zoneName } from '../time/instant.ts';
import { ListEnd } from './list-end.tsx';
import { ListFailure } from './list-failure.tsx';
import { ListSkeleton } from './list-skeleton.tsx';
import { NoMatches } from './no-matches.tsx';
import { NoTraces } from './no-traces.tsx';
import columns from './trace-row.module.css';
import { TraceRows } from './trace-rows.tsx';
import type { useReading } from './use-reading.ts';
import type { TraceFeed } from './use-trace-feed.ts';

const COLUMNS = ['Trace', 'Other services', 'Links', 'Errors', 'Spans', 'Duration'];

/** The list, or the message that replaces it. */
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
  // An expensive search only continues when its reader asks for it.
  const isCheap = query.data?.pages.at(-1)?.searchedBackTo === null;
  const loadMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  // The box above shows the error of the query.
  if (!isReadable) return null;
  if (query.data === undefined) {
    // Shown after the first failure, because the following retries take seconds.
    const problem = query.error ?? query.failureReason;
    if (problem === null) return <ListSkeleton />;
    return <ListFailure error={problem} onRetry={() => void query.refetch()} />;
  }
  if (traces.length === 0 && hasNextPage) return <ListEnd query={query} />;
  if (traces.length === 0) {
    const isEverything = Object.keys(search).length === 0;
    return isEverything ? (
      <NoTraces />
    ) : (
      <NoMatches search={search} hint={query.data.pages[0]?.hint} onSearch={onSearch} />
    );
  }
  return (
    <div role="table" aria-label="Traces" aria-rowcount={hasNextPage ? -1 : traces.length + 1}>
      <div role="rowgroup" className={columns.columnHead}>
        <div role="row" aria-rowindex={1} className={columns.columns}>
          <span role="columnheader">Started ({zoneName()})</span>
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
