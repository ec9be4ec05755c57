import type { SpanStatus } from '@span-links/explorer-api';
import styles from './status-mark.module.css';

/**
 * The status of a span: shape and word in addition to the colour. Most spans have none, which needs
 * no attention.
 */
export function StatusMark({ status }: { status: SpanStatus }) {
  switch (status) {
    case 'error':
      return (
        <span className={styles.error}>
          <span aria-hidden="true">!</span>Error
        </span>
      );
    case 'ok':
      return (
        <span className={styles.ok}>
          <span aria-hidden="true">✓</span>OK
        </span>
      );
    case 'unset':
      return (
        <span className={styles.unset} title="No status was set">
          <span aria-hidden="true">–</span>
          <span className="visually-hidden">no status</span>
        </span>
      );
  }
}
