import { Link } from '@tanstack/react-router';
import styles from './failure-page.module.css';

/** What is shown in place of a view that cannot be. */
export function FailureNotice({ title, children }: { title: string; children?: React.ReactNode }) {
  return (
    <section className={styles.notice} role="alert">
      <h1>{title}</h1>
      {children}
    </section>
  );
}

export function FailurePage({ error }: { error: unknown }) {
  return (
    <FailureNotice title="This view failed">
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <p>
        <Link to="/">All traces</Link>
      </p>
    </FailureNotice>
  );
}

export function NotFoundPage() {
  return (
    <FailureNotice title="There is no such page">
      <p>
        <Link to="/">All traces</Link>
      </p>
    </FailureNotice>
  );
}
