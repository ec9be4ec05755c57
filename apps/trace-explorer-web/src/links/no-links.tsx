import styles from './no-links.module.css';

/** Help for a span without any links. */
export function NoLinks() {
  return (
    <div className={styles.none}>
      <p className={styles.headline}>No links lead from or to this span.</p>
      <p>
        A link names another span that this one was caused by without being called by it, as the batch is by
        the requests it works off: give it to the span at its start,{' '}
        <code>startSpan(name, {'{ links }'})</code>, or let <code>startFanIn</code> of{' '}
        <code>@span-links/tracing</code> do so.{' '}
        <a href="https://opentelemetry.io/docs/concepts/signals/traces/#span-links" rel="noreferrer">
          Span links at opentelemetry.io
        </a>
      </p>
    </div>
  );
}
