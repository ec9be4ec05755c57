import type { WaitPage } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { waitsQuery } from '../api/map-queries.ts';
import { PictureFailure, PictureLoading, PictureNotice } from '../picture/picture-notice.tsx';
import { TimeRangeMenu } from '../trace-list/time-range-menu.tsx';
import { LAST_HOUR } from '../trace-list/time-range.ts';

import { WaitCard } from './wait-card.tsx';
import styles from './waits-page.module.css';

/** The waits of messages between operations, over time. */
export function WaitsPage() {
  const given = useSearch({ from: '/waits' });
  const navigate = useNavigate({ from: '/waits' });
  const range = Object.keys(given).length > 0 ? given : LAST_HOUR;
  const { data, error, refetch } = useQuery(waitsQuery(range));
  return (
    <div className={styles.page}>
      <title>Waits · Span Links</title>
      <header className={styles.heading}>
        <h1>Waits</h1>
        <p className={styles.lead}>
          From the end of the span that is linked to, to the start of the one that links.
          {data &&
            data.pendingSpans > 0 &&
            ` ${data.pendingSpans.toLocaleString('en')} spans are not counted yet.`}
        </p>
        <TimeRangeMenu range={range} hasAll={false} onRange={(next) => void navigate({ search: next })} />
      </header>
      {data ? (
        <Waits page={data} />
      ) : error ? (
        <PictureFailure error={error} onRetry={() => void refetch()} />
      ) : (
        <PictureLoading />
      )}
    </div>
  );
}

function Waits({ page }: { readonly page: WaitPage }) {
  if (page.waits.length === 0) {
    return (
      <PictureNotice title="Nothing was picked up in this time">
        <p>
          A wait is counted when a span links to an earlier one and both are here. Choose a longer time, or
          see <Link to="/traces">the traces</Link>.
        </p>
      </PictureNotice>
    );
  }
  return (
    <div className={styles.cards}>
      {page.waits.map((history) => (
        <WaitCard key={history.link.id} history={history} page={page} />
      ))}
      {page.truncated && <p className={styles.lead}>These are the most frequent links; there are more.</p>}
    </div>
  );
}
