import { failureText, ApiProblem } from '../api/problem.ts';
import styles from './notice.module.css';

/** Replaces a list that could not be loaded. */
export function ListFailure({
  error,
  what = 'traces',
  onRetry,
}: {
  readonly error: unknown;
  readonly what?: string;
  readonly onRetry: () => void;
}) {
  const isGone = error instanceof ApiProblem && error.status === 0;
  return (
    <section className={styles.notice} role="alert">
      <h2 className={styles.title}>{isGone ? 'The explorer is gone' : `The ${what} could not be loaded`}</h2>
      <p>{failureText(error)}</p>
      {isGone && <p className={styles.quiet}>The list comes back by itself when the explorer does.</p>}
      <div className={styles.actions}>
        <button type="button" className={styles.action} onClick={onRetry}>
          Try again
        </button>
      </div>
    </section>
  );
}
