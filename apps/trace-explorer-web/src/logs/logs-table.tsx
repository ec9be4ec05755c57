import { useCallback } from 'react';
import type { LogsSearch } from '../app/address.ts';
import { ListEnd } from '../trace-list/list-end.tsx';
import { ListFailure } from '../trace-list/list-failure.tsx';
import { ListSkeleton } from '../trace-list/list-skeleton.tsx';
import notice from '../trace-list/notice.module.css';
import type { useReading } from '../trace-list/use-reading.ts';
import columns from './log-row.module.css';
import { LogRows } from './log-rows.tsx';
import type { LogFeed } from './logs-feed.ts';

const COLUMNS = ['Time', 'Severity', 'Service', 'Message', 'Trace'];
const SETTINGS = `OTEL_LOGS_EXPORTER=otlp
OTEL_EXPORTER_OTLP_ENDPOINT=`;

/** The list, or the message that replaces it. */
export function LogsTable({
  feed: { logs, query, news },
  search,
  holds,
  onSearch,
}: {
  readonly feed: LogFeed;
  readonly search: LogsSearch;
  readonly holds: ReturnType<typeof useReading>;
  readonly onSearch: (search: LogsSearch) => void;
}) {
  const { fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError, isPlaceholderData } = query;
  const isIdle = !isFetchingNextPage && !isFetchNextPageError && !isPlaceholderData;
  // An expensive search only continues when its reader asks for it.
  const isCheap = query.data?.pages.at(-1)?.searchedBackTo === null;
  const loadMore = useCallback(() => void fetchNextPage({ cancelRefetch: false }), [fetchNextPage]);
  if (query.data === undefined) {
    const problem = query.error ?? query.failureReason;
    if (problem === null) return <ListSkeleton what="log records" />;
    return <ListFailure error={problem} what="log records" onRetry={() => void query.refetch()} />;
  }
  if (logs.length === 0 && hasNextPage) return <ListEnd query={query} what="log records" />;
  if (logs.length === 0) return <NoLogs search={search} onSearch={onSearch} />;
  return (
    <div role="table" aria-label="Log records" aria-rowcount={-1}>
      <div role="rowgroup" className={columns.columnHead}>
        <div role="row" className={columns.columns}>
          {COLUMNS.map((column) => (
            <span key={column} role="columnheader">
              {column}
            </span>
          ))}
        </div>
      </div>
      <LogRows
        logs={logs}
        fresh={news.fresh}
        isStale={isPlaceholderData}
        hasMore={hasNextPage && isIdle && isCheap}
        onMore={loadMore}
        holds={holds}
        onEvent={(event) => onSearch({ ...search, event })}
      />
      <ListEnd query={query} what="log records" />
    </div>
  );
}

function NoLogs({
  search,
  onSearch,
}: {
  readonly search: LogsSearch;
  readonly onSearch: (search: LogsSearch) => void;
}) {
  const { from, to, last, ...filters } = search;
  const hasRange = from !== undefined || to !== undefined || last !== undefined;
  const hasFilters = Object.keys(filters).length > 0;
  if (!hasRange && !hasFilters) {
    return (
      <section className={notice.notice} aria-label="No log records yet">
        <h2 className={notice.title}>No log records yet</h2>
        <p>
          Point the logs of an application here. They appear by themselves, beside the spans in which they
          were written.
        </p>
        <pre className={columns.settings}>{SETTINGS + window.location.origin}</pre>
      </section>
    );
  }
  return (
    <section className={notice.notice} aria-label="No log records found">
      <h2 className={notice.title}>No log record fits</h2>
      <p>Nothing that was received fits. Try with less:</p>
      <div className={notice.actions}>
        {hasRange && (
          <button type="button" className={notice.action} onClick={() => onSearch(filters)}>
            All time
          </button>
        )}
        {hasFilters && (
          <button
            type="button"
            className={notice.action}
            onClick={() => {
              const { text: _text, service: _service, severity: _severity, event: _event, ...range } = search;
              onSearch(range);
            }}
          >
            Without the filters
          </button>
        )}
      </div>
    </section>
  );
}
