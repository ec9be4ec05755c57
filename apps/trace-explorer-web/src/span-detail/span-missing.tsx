import styles from './span-missing.module.css';

interface SpanMissingProps {
  readonly isAbsent: boolean;
  readonly message: string;
  readonly onRetry: () => void;
}

/** Replaces a span that cannot be shown. */
export function SpanMissing({ isAbsent, message, onRetry }: SpanMissingProps) {
  if (isAbsent) {
    return (
      <div className={styles.missing} role="status">
        <p>
          <b>This span is not in the trace, or not yet.</b>
        </p>
        <p>
          Spans are sent when they end: one that still runs comes later, and opens here by itself. If it does
          not come, its service may not export, or may sample it out.
        </p>
      </div>
    );
  }
  return (
    <div className={styles.missing} role="alert">
      <p>
        <b>The span could not be opened.</b> {message}
      </p>
      <button type="button" className={styles.button} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}
