import { formatInstantShortly } from '../time/instant.ts';
import styles from './list-end.module.css';

/** The part of an infinite query that the end of its list shows. */
interface PagedQuery {
  readonly data: { readonly pages: readonly { readonly searchedBackTo?: string | null }[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly fetchNextPage: (options: { cancelRefetch: boolean }) => unknown;
}

interface ListEndProps {
  readonly query: PagedQuery;
  readonly what?: string;
}

/** The end of the list. It has the same height with any text. */
export function ListEnd({ query, what = 'traces' }: ListEndProps) {
  return (
    <div className={styles.end}>
      <EndText query={query} what={what} />
    </div>
  );
}

function EndText({ query, what }: Required<ListEndProps>) {
  const more = () => void query.fetchNextPage({ cancelRefetch: false });
  const searchedBackTo = query.data?.pages.at(-1)?.searchedBackTo ?? null;
  if (query.isFetchingNextPage) return <p className={styles.late}>Loading older {what} …</p>;
  if (query.isFetchNextPageError) {
    return (
      <p>
        Older {what} could not be loaded. <MoreButton label="Try again" onMore={more} />
      </p>
    );
  }
  if (!query.hasNextPage) return <p>No older {what}</p>;
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
