import type { RequestRejections } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { rejectionsQuery } from '../api/queries.ts';
import { newestRejection, rejectionFacts, rejectionHeadline } from './rejection-text.ts';
import styles from './rejections-notice.module.css';

const REFRESH_MS = 10_000;

/**
 * Reports refused requests with reasons, for users whose spans do not appear. Once closed, it stays
 * closed until another request is refused. Its texts come from senders and are shown as text.
 */
export function RejectionsNotice() {
  const { data } = useQuery({ ...rejectionsQuery, refetchInterval: REFRESH_MS });
  const [closedAt, setClosedAt] = useState('');
  const rejections = (data?.rejections ?? []).filter(({ lastTime }) => lastTime > closedAt);
  if (rejections.length === 0) return null;
  return (
    <section className={styles.notice} aria-label="Rejected requests" role="status">
      <span className={styles.mark} aria-hidden="true">
        !
      </span>
      <ul className={styles.list}>
        {rejections.map((rejection) => (
          <Rejected key={rejection.reason} rejection={rejection} />
        ))}
      </ul>
      <button
        type="button"
        className={styles.close}
        aria-label="Hide the rejected requests"
        onClick={() => setClosedAt(newestRejection(rejections))}
      >
        ✕
      </button>
    </section>
  );
}

function Rejected({ rejection }: { readonly rejection: RequestRejections }) {
  return (
    <li>
      <p className={styles.headline}>{rejectionHeadline(rejection)}</p>
      <p className={styles.facts}>{rejectionFacts(rejection)}</p>
      <p className={styles.message}>{rejection.last.message}</p>
    </li>
  );
}
