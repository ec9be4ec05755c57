import type { QueryError } from '@span-links/explorer-api';
import { errorExcerpt } from './error-excerpt.ts';
import styles from './query-problem.module.css';

/** The error of a query, with the wrong characters. */
export function QueryProblemLine({
  id,
  text,
  error,
}: {
  readonly id: string;
  readonly text: string;
  readonly error: QueryError;
}) {
  const { before, wrong, after } = errorExcerpt(text, error);
  return (
    <p id={id} className={styles.problem} role="alert">
      <code className={styles.excerpt}>
        {before}
        <mark className={styles.wrong}>{wrong}</mark>
        {after}
      </code>
      <span>{error.message}</span>
    </p>
  );
}
