import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMemo, type CSSProperties } from 'react';
import { traceQuery } from '../api/queries.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { miniWaterfall, type MiniRow } from './mini-waterfall-rows.ts';
import styles from './mini-waterfall.module.css';

const MAX_INDENT = 8;

/** The trace of a linked span in small: enough to see what happened there, with the span marked. */
export function MiniWaterfall({ traceId, spanId }: { traceId: string; spanId: string }) {
  const { data, error } = useQuery(traceQuery(traceId));
  const waterfall = useMemo(() => data && miniWaterfall(data.spans, spanId), [data, spanId]);
  if (error && !data) return <p className={styles.problem}>{error.message}</p>;
  if (!data || !waterfall) return <p className={styles.loading}>Loading its trace…</p>;
  const { summary } = data;
  return (
    <section className={styles.waterfall} aria-label={`Trace of the linked span, ${summary.spanCount} spans`}>
      <h4>
        <span>
          Its trace: {summary.spanCount === 1 ? '1 span' : `${summary.spanCount} spans`},{' '}
          {formatDuration(summary.durationNs)}
          {summary.errorCount > 0 && (
            <span className={styles.errors}>, {summary.errorCount} with an error</span>
          )}
        </span>
        <Link to="/trace/$traceId" params={{ traceId }} search={{ spanId, tab: 'overview' }} preload={false}>
          Open the trace
        </Link>
      </h4>
      <ol>
        {waterfall.rows.map((row) => (
          <Row key={row.key} row={row} />
        ))}
      </ol>
      {waterfall.hidden > 0 && (
        <p className={styles.hidden}>{waterfall.hidden} more spans are not shown here.</p>
      )}
    </section>
  );
}

function Row({ row: { span, depth, start, length, isTarget } }: { row: MiniRow }) {
  const indent: CSSProperties = { paddingLeft: `${Math.min(depth, MAX_INDENT) * 10}px` };
  const bar: CSSProperties = {
    left: `${start * 100}%`,
    width: `${length * 100}%`,
    background: serviceColour(span.service),
  };
  return (
    <li className={styles.row} data-target={isTarget}>
      <span className={styles.name} style={indent} title={`${span.service}: ${span.name}`}>
        {isTarget && <span className={styles.pointer} aria-hidden="true" />}
        {isTarget && <span className="visually-hidden">The linked span: </span>}
        <Link
          to="/trace/$traceId"
          params={{ traceId: span.traceId }}
          search={{ spanId: span.spanId, tab: 'overview' }}
          preload={false}
        >
          {span.name || '(no name)'}
        </Link>
        <span className={styles.service}>{span.service}</span>
      </span>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.bar} style={bar} />
      </span>
      <span className={styles.duration}>
        {span.status === 'error' && (
          <span className={styles.error}>
            ! <span className="visually-hidden">error</span>
          </span>
        )}
        {formatDuration(span.durationNs)}
      </span>
    </li>
  );
}
