import { formatInstantShortly } from '../time/instant.ts';
import styles from './list-end.module.css';
import type { TraceFeed } from './use-trace-feed.ts';

/** The end of the list. It has the same height with any text. */
export function ListEnd({ query }: { readonly query: TraceFeed['query'] }) {
  return (
    <div className={styles.end}>
      <EndText query={query} />
    </div>
  );
}

function EndText({ query }: { readonly query: TraceFeed['query'] }) {
  const more = () => void query.fetchNextPage({ cancelRefetch: false });
  const searchedBackTo = query.data?.pages.at(-1)?.searchedBackTo ?? null;
  if (query.isFetchingNextPage) return <p className={styles.late}>Loading older traces …</p>;
  if (query.isFetchNextPageError) {
    return (
      <p>
        Older traces could not be loaded. <MoreButton label="Try again" onMore={more} />
      </p>
    );
  }
  if (!query.hasNextPage) return <p>No older traces</p>;
  if (searchedBackTo === null) return null;
  return (
    <p>
      Searched back to {formatInstantShortly(searchedBackTo)}.{' '}
      <MoreButton label="Search further" onMore={more} />
    </p>
  );
}

function MoreButton({ label, onMore }: { readonly label: string; readonly onMore: () => void }) {
  return (
    <button type="button" className={styles.more} onClick={onMore}>
      {label}
    </button>
  );
}
