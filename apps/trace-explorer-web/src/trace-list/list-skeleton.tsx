import styles from './list-skeleton.module.css';

const ROWS = Array.from({ length: 12 }, (_, index) => index);

/** The shape of a list, for readers who have already waited for a while. */
export function ListSkeleton({ what = 'traces' }: { readonly what?: string }) {
  return (
    <div className={styles.skeleton} role="status" aria-label={`Loading ${what}`}>
      {ROWS.map((row) => (
        <div key={row} className={styles.bones}>
          <span />
          <span style={{ width: `${70 - ((row * 17) % 40)}%` }} />
          <span style={{ width: `${90 - ((row * 29) % 70)}%` }} />
        </div>
      ))}
    </div>
  );
}
