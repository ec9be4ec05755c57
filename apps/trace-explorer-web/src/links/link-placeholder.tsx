import { useEffect, useRef } from 'react';
import styles from './link-row.module.css';

/**
 * The place of a link that is still loading. It can have the focus, because a keyboard jump reaches
 * it before its link.
 */
export function LinkPlaceholder({ place, takesFocus }: { place: number; takesFocus: boolean }) {
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) row.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  return (
    <div ref={row} role="row" aria-rowindex={place + 2} tabIndex={-1} className={styles.placeholder}>
      <span role="gridcell" className="visually-hidden">
        Loading
      </span>
    </div>
  );
}
