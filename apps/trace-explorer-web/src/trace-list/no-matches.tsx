import { termsOf } from '../search/query-edit.ts';
import type { ListSearch } from '../app/address.ts';
import styles from './notice.module.css';

const MOST_TERMS = 6;

/** Suggests what to widen when nothing was found. */
export function NoMatches({
  search: { q = '', from, to },
  hint,
  onSearch,
}: {
  readonly search: ListSearch;
  /** The server's sentence about an unknown name. */
  readonly hint: string | undefined;
  readonly onSearch: (search: ListSearch) => void;
}) {
  const terms = termsOf(q) ?? [];
  const hasRange = from !== undefined || to !== undefined;
  const range = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  const without = (start: number, end: number) => `${q.slice(0, start)} ${q.slice(end)}`.trim();
  return (
    <section className={styles.notice} aria-label="No traces found">
      <h2 className={styles.title}>No trace fits</h2>
      {hint !== undefined && <p className={styles.hint}>{hint}</p>}
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
