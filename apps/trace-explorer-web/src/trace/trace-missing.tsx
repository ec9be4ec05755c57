import { formatQuery } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { failureText, ApiProblem } from '../api/problem.ts';
import { statsQuery } from '../api/queries.ts';
import { FailureNotice } from '../app/failure-page.tsx';
import { CopyButton } from '../span-detail/copy-button.tsx';
import { formatDuration } from '../time/duration.ts';
import { formatInstantInZone } from '../time/instant.ts';
import styles from './trace-missing.module.css';

interface TraceMissingProps {
  readonly traceId: string;
  readonly error: unknown;
  readonly onRetry: () => void;
}

/** Replaces a trace that cannot be shown: the reason, and what to do. */
export function TraceMissing({ traceId, error, onRetry }: TraceMissingProps) {
  const isAbsent = error instanceof ApiProblem && error.status === 404;
  if (isAbsent) return <AbsentTrace traceId={traceId} />;
  return (
    <FailureNotice title="This trace could not be opened">
      <p>{failureText(error)}</p>
      <p className={styles.actions}>
        <button type="button" className={styles.button} onClick={onRetry}>
          Try again
        </button>
        <Link to="/traces">All traces</Link>
      </p>
    </FailureNotice>
  );
}

function AbsentTrace({ traceId }: { readonly traceId: string }) {
  const { data: stats } = useQuery(statsQuery);
  const linkers = formatQuery({
    terms: [{ from: 0, to: 0, field: 'link.traceId', operator: '=', values: [traceId.toLowerCase()] }],
  });
  return (
    <FailureNotice title="This trace is not here">
      <p className={styles.id}>
        <code>{traceId}</code>
        <CopyButton text={traceId} name="trace ID" />
      </p>
      <ul className={styles.reasons}>
        <li>
          <b>Not received yet?</b> It opens here by itself as soon as its first span arrives. Spans are sent
          when they end, in batches, mostly within 5 seconds.
        </li>
        <li>
          <b>Evicted?</b>{' '}
          {stats
            ? `Traces are kept for ${formatDuration(stats.retention.maxAgeMs * 1e6)}, the oldest ones going first when space runs out. ${
                stats.oldest ? `The oldest here is of ${formatInstantInZone(stats.oldest)}. ` : ''
              }`
            : 'The oldest traces go first. '}
          Raise <code>EXPLORER_RETENTION_MS</code> or <code>EXPLORER_RETENTION_BYTES</code> to keep more.
        </li>
        <li>
          <b>Not sampled, or sent elsewhere?</b> Check the sampler and the exporter’s endpoint of the service
          that started it.
        </li>
      </ul>
      <p className={styles.actions}>
        <Link to="/traces" search={{ q: linkers }}>
          Spans that link to it
        </Link>
        <Link to="/traces">All traces</Link>
      </p>
    </FailureNotice>
  );
}
