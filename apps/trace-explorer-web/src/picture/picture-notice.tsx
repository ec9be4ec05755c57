import type { ReactNode } from 'react';
import { failureText } from '../api/problem.ts';
import { useLate } from './use-late.ts';
import styles from './picture-frame.module.css';

/** Replaces an empty picture. */
export function PictureNotice({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className={styles.notice}>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function PictureFailure({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <div className={styles.notice} role="alert">
      <h2>The links around this trace cannot be shown</h2>
      <p>{failureText(error)}</p>
      <button type="button" className={styles.button} onClick={onRetry}>
        Try again
      </button>
    </div>
  );
}

export function PictureLoading() {
  const isLate = useLate(true);
  return (
    <div className={styles.notice} role="status">
      {isLate && <p>Following the links…</p>}
    </div>
  );
}
