import { termsOf } from '../search/query-edit.ts';
import type { ListSearch } from '../app/router.tsx';
import styles from './notice.module.css';

const MOST_TERMS = 6;

/** What to widen when nothing was found. */
export function NoMatches({
  search: { q = '', from, to },
  onSearch,
}: {
  readonly search: ListSearch;
  readonly onSearch: (search: ListSearch) => void;
}) {
  const terms = termsOf(q) ?? [];
  const hasRange = from !== undefined || to !== undefined;
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const without = (start: number, end: number) => `${q.slice(0, start)} ${q.slice(end)}`.trim();
  return (
    <section className={styles.notice} aria-label="No traces found">
      <h2 className={styles.title}>No trace fits</h2>
      <p>
        {terms.length > 1
          ? 'All terms have to hold of one and the same span. Try with fewer:'
          : 'Nothing that was received fits. Try with less:'}
      </p>
      <div className={styles.actions}>
        {hasRange && (
          <button type="button" className={styles.action} onClick={() => onSearch({ q })}>
            All time
          </button>
        )}
        {terms.length > 1 &&
          terms.slice(0, MOST_TERMS).map((term) => (
            <button
              key={term.from}
              type="button"
              className={styles.action}
              onClick={() => onSearch({ ...range, q: without(term.from, term.to) })}
            >
              Without <code>{q.slice(term.from, term.to)}</code>
            </button>
          ))}
        {terms.length > 0 && (
          <button type="button" className={styles.action} onClick={() => onSearch(range)}>
            Without the search
          </button>
        )}
      </div>
    </section>
  );
}
