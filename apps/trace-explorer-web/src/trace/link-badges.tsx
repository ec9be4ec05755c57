import type { SpanSummary } from '@span-links/explorer-api';
import styles from './link-badges.module.css';

/** The number of links from and to a span, or nothing without links. A click opens them. */
export function LinkBadges({ span, onOpen }: { readonly span: SpanSummary; readonly onOpen: () => void }) {
  const { linkCount, backlinkCount, droppedLinksCount } = span;
  if (linkCount + backlinkCount + droppedLinksCount === 0) return null;
  const label = [
    linkCount > 0 && `${linkCount} ${linkCount === 1 ? 'link' : 'links'} to other spans`,
    droppedLinksCount > 0 && `${droppedLinksCount} dropped by the SDK`,
    backlinkCount > 0 && `linked from ${backlinkCount} ${backlinkCount === 1 ? 'place' : 'places'}`,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <button
      type="button"
      tabIndex={-1}
      className={styles.badges}
      title={`${label}. Open the Links tab (l)`}
      aria-label={`${label}: open the Links tab`}
      onClick={(event) => {
        event.stopPropagation();
        onOpen();
      }}
    >
      {linkCount + droppedLinksCount > 0 && (
        <span className={styles.count}>
          ↗{linkCount}
          {droppedLinksCount > 0 && <span className={styles.dropped}>−{droppedLinksCount}</span>}
        </span>
      )}
      {backlinkCount > 0 && <span className={styles.count}>↙{backlinkCount}</span>}
    </button>
  );
}
