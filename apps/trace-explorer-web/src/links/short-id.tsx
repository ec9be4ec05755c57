import styles from './short-id.module.css';
import { useCopy } from './use-copy.ts';

/** The first digits of an id. A click copies the whole id. */
export function ShortId({
  id,
  what,
  isInTabOrder = true,
}: {
  id: string;
  what: string;
  isInTabOrder?: boolean;
}) {
  const copy = useCopy();
  if (id === '') return <span className={styles.none}>–</span>;
  const shown = id.slice(0, 8);
  return (
    <button
      type="button"
      className={styles.id}
      tabIndex={isInTabOrder ? 0 : -1}
      title={`${what} ${id}: click to copy`}
      aria-label={`Copy ${what} ${shown}`}
      onClick={() => void copy(id, what)}
    >
      {shown}
    </button>
  );
}
