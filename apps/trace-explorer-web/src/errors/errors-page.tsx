import type { ErrorPage } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { errorsQuery } from '../api/queries.ts';
import { ERROR_KEYS, type ErrorKey, type ErrorsSearch } from '../app/address.ts';
import { PictureFailure, PictureLoading, PictureNotice } from '../picture/picture-notice.tsx';
import { serviceColour } from '../service/service-colour.ts';
import { formatInstantShortly } from '../time/instant.ts';
import { useAge } from '../time/use-age.ts';
import { TimeRangeMenu } from '../trace-list/time-range-menu.tsx';
import { LAST_HOUR } from '../trace-list/time-range.ts';
import { errorRows, type ErrorRow } from './error-groups.ts';
import styles from './errors-page.module.css';

const KEY_WORDS: Readonly<Record<ErrorKey, string>> = {
  message: 'Message',
  exception: 'Exception',
  operation: 'Operation',
  service: 'Service',
};

/** Errors by their text: how often, where, and the last one. */
export function ErrorsPage() {
  const { by = 'message', ...given } = useSearch({ from: '/errors' });
  const navigate = useNavigate({ from: '/errors' });
  const show = (search: ErrorsSearch) => void navigate({ search });
  const range = Object.keys(given).length > 0 ? given : LAST_HOUR;
  const { data, error, refetch } = useQuery(errorsQuery(range));
  const grouped = by === 'message' ? {} : { by };
  return (
    <div className={styles.page}>
      <title>Errors · Span Links</title>
      <header className={styles.heading}>
        <h1>Errors</h1>
        <p className={styles.lead}>{data && factsOf(data)}</p>
        <div className={styles.keys} role="group" aria-label="Group by">
          {ERROR_KEYS.map((key) => (
            <button
              key={key}
              type="button"
              aria-pressed={key === by}
              onClick={() => show({ ...given, ...(key !== 'message' && { by: key }) })}
            >
              {KEY_WORDS[key]}
            </button>
          ))}
        </div>
        <TimeRangeMenu range={range} hasAll={false} onRange={(next) => show({ ...next, ...grouped })} />
      </header>
      {data ? (
        <Groups page={data} by={by} />
      ) : error ? (
        <PictureFailure error={error} onRetry={() => void refetch()} />
      ) : (
        <PictureLoading />
      )}
    </div>
  );
}

function factsOf({ count, truncated }: ErrorPage): string {
  const errors = `${count.toLocaleString('en')} ${count === 1 ? 'error' : 'errors'}`;
  return truncated ? `the newest ${errors}; there are more` : errors;
}

function Groups({ page, by }: { readonly page: ErrorPage; readonly by: ErrorKey }) {
  const rows = useMemo(() => errorRows(page.groups, by), [page.groups, by]);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  if (rows.length === 0) {
    return (
      <PictureNotice title="Nothing failed in this time">
        <p>No span that started in this time has the status error.</p>
      </PictureNotice>
    );
  }
  return (
    <table className={styles.table} aria-label="Errors">
      <thead>
        <tr>
          <th scope="col">{KEY_WORDS[by]}</th>
          <th scope="col">Where</th>
          <th scope="col">How often</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <Group key={row.key} row={row} by={by} most={most} />
        ))}
      </tbody>
    </table>
  );
}

function Group({ row, by, most }: { readonly row: ErrorRow; readonly by: ErrorKey; readonly most: number }) {
  const { latest, title, sources, count, query } = row;
  const detail = by === 'message' ? latest.exception : latest.message;
  return (
    <tr>
      <td className={styles.what}>
        <Link to="/trace/$traceId" params={{ traceId: latest.traceId }} search={{ spanId: latest.spanId }}>
          {title}
        </Link>
        {detail !== null && <span className={styles.detail}>{detail}</span>}
      </td>
      <td className={styles.where}>
        <span className={styles.colour} style={{ background: serviceColour(latest.service) }} />
        <span>
          {sources.slice(0, 3).join(', ')}
          {sources.length > 3 && ` and ${sources.length - 3} more`}
        </span>
      </td>
      <td className={styles.often}>
        <Link to="/traces" search={{ q: query }} title="The traces with these errors">
          {count.toLocaleString('en')}
        </Link>
        <span className={styles.track} aria-hidden="true">
          <span style={{ width: `${(100 * count) / most}%` }} />
        </span>
      </td>
      <td className={styles.last}>
        <Last time={latest.last} />
      </td>
    </tr>
  );
}

function Last({ time }: { readonly time: string }) {
  return (
    <>
      {formatInstantShortly(time)} <span className={styles.detail}>{useAge(time)}</span>
    </>
  );
}
