import styles from './link-list.module.css';

/** The reason why the links could not be loaded, and a button to try again. */
export function ListFailure({ query }: { query: { error: Error | null; refetch: () => unknown } }) {
  return (
    <div className={styles.failure} role="alert">
      <span>{query.error?.message ?? 'The links could not be loaded.'}</span>
      <button type="button" onClick={() => void query.refetch()}>
        Try again
      </button>
    </div>
  );
}
