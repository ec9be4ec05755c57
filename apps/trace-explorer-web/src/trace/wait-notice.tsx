import styles from './wait-notice.module.css';

/**
 * Says what is loading, but only after 100 ms: most answers are there by then, and a flash would
 * only distract.
 */
export function WaitNotice({ children }: { readonly children: React.ReactNode }) {
  return (
    <p role="status" className={styles.wait}>
      {children}
    </p>
  );
}
