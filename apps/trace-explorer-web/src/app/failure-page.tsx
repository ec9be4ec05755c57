import { Link } from '@tanstack/react-router';
import { failureText } from '../api/problem.ts';
import styles from './failure-page.module.css';

/** The replacement of a view that cannot be shown. */
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
      <p>{failureText(error)}</p>
      <p>
        <Link to="/">All journeys</Link>
      </p>
    </FailureNotice>
  );
}

export function NotFoundPage() {
  return (
    <FailureNotice title="There is no such page">
      <p>
        <Link to="/">All journeys</Link>
      </p>
    </FailureNotice>
  );
}
