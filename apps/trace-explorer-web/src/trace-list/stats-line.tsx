import { useQuery } from '@tanstack/react-query';
import { statsQuery } from '../api/queries.ts';
import { counted, retentionText } from './held-text.ts';
import styles from './stats-line.module.css';

const REFRESH_MS = 5_000;

/** The content of the explorer and its retention. Its place is reserved while it loads. */
export function StatsLine() {
  const { data } = useQuery({ ...statsQuery, refetchInterval: REFRESH_MS });
  return (
    <p className={styles.stats}>
      {data && (
        <>
          <span>{counted(data.traces, 'trace')}</span>
          <span>{counted(data.spans, 'span')}</span>
          <span>{counted(data.links, 'link')}</span>
          {data.logs > 0 && <span>{counted(data.logs, 'log record')}</span>}
          <span className={styles.kept}>{retentionText(data)}</span>
        </>
      )}
    </p>
  );
}
