import type { News } from './live-merge.ts';
import { counted } from './held-text.ts';
import styles from './news-button.module.css';

/**
 * The news while the reader was elsewhere. It overlays the list, so nothing moves when it appears
 * or disappears.
 */
export function NewsButton({
  news: { waiting, isMore },
  what = 'trace',
  onShow,
}: {
  readonly news: News;
  readonly what?: string;
  readonly onShow: () => Promise<void>;
}) {
  if (waiting === 0 && !isMore) return null;
  const label = isMore ? `Many new ${what}s` : counted(waiting, `new ${what}`);
  return (
    <div className={styles.place}>
      <button
        type="button"
        className={styles.news}
        onClick={() => {
          void onShow();
          window.scrollTo({ top: 0 });
        }}
      >
        ↑ {label}
      </button>
    </div>
  );
}
