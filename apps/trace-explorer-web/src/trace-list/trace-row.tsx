import type { TraceSummary } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { counted, formatCount } from './held-text.ts';
import { formatInstantExactly, formatInstantShortly, isoInstant } from '../time/instant.ts';
import { useAge } from '../time/use-age.ts';
import styles from './trace-row.module.css';

/** A trace in one line, or in two on a narrow screen. Its link covers the row. */
export const TraceRow = memo(function TraceRow({
  trace,
  index,
  longestNs,
  isFresh,
}: {
  readonly trace: TraceSummary;
  readonly index: number;
  readonly longestNs: number;
  readonly isFresh: boolean;
}) {
  const { root, startTime, spanCount } = trace;
  const age = useAge(startTime);
  return (
    <div className={styles.row} role="row" aria-rowindex={index + 2} data-fresh={isFresh}>
      <div role="cell" className={styles.time}>
        <time
          className={styles.clock}
          dateTime={isoInstant(startTime)}
          title={formatInstantExactly(startTime)}
        >
          {formatInstantShortly(startTime)}
        </time>
        <span className={styles.age}>{age}</span>
      </div>
      <Root trace={trace} index={index} />
      <Others services={trace.services.filter((service) => service !== root.service)} />
      <div role="cell" className={styles.links}>
        <TraceLinks trace={trace} />
      </div>
      <div role="cell" className={styles.status}>
        <Status trace={trace} />
      </div>
      <div role="cell" className={styles.spans}>
        {formatCount(spanCount)}
        <span className={styles.unit}>{spanCount === 1 ? ' span' : ' spans'}</span>
      </div>
      <Duration trace={trace} longestNs={longestNs} />
    </div>
  );
});

function Root({ trace: { traceId, root }, index }: { readonly trace: TraceSummary; readonly index: number }) {
  return (
    <div role="cell" className={styles.root}>
      <Service name={root.service} />
      <Link
        to="/trace/$traceId"
        params={{ traceId }}
        className={styles.link}
        data-row={index}
        title={root.name}
      >
        {root.name || <i>no name</i>}
      </Link>
      {!root.received && (
        <span
          className={styles.noRoot}
          title="The root span has not come in yet; this is the earliest span that has."
        >
          no root yet
        </span>
      )}
    </div>
  );
}

/** The longest loaded duration fills the column. */
function Duration({
  trace: { root, durationNs },
  longestNs,
}: {
  readonly trace: TraceSummary;
  readonly longestNs: number;
}) {
  const width = `${longestNs > 0 ? (durationNs / longestNs) * 100 : 0}%`;
  return (
    <div role="cell" className={styles.duration}>
      <span className={styles.track} aria-hidden="true">
        <span className={styles.bar} style={{ width, background: serviceColour(root.service) }} />
      </span>
      <span className={styles.durationText}>{formatDuration(durationNs)}</span>
    </div>
  );
}

function Service({ name }: { readonly name: string }) {
  return (
    <span className={styles.service} title={name}>
      <span className={styles.colour} style={{ background: serviceColour(name) }} />
      <span className={styles.serviceName}>{name}</span>
    </span>
  );
}

const FEW_SERVICES = 2;

function Others({ services }: { readonly services: readonly string[] }) {
  const more = services.length - FEW_SERVICES;
  return (
    <div role="cell" className={styles.others} title={services.join(', ')}>
      {services.slice(0, FEW_SERVICES).map((service) => (
        <Service key={service} name={service} />
      ))}
      {more > 0 && <span className={styles.more}>+{more}</span>}
    </div>
  );
}

/** The number of links from and to the trace, as a link to their picture. */
function TraceLinks({ trace: { traceId, linkCount, backlinkCount } }: { readonly trace: TraceSummary }) {
  if (linkCount + backlinkCount === 0) return null;
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId }}
      search={{ view: 'graph' }}
      className={styles.badges}
      title={`${counted(linkCount, 'link')} from its spans, ${counted(backlinkCount, 'link')} to them: see the graph`}
    >
      <LinkCount mark="↗" count={linkCount} what="from its spans" />
      <LinkCount mark="↙" count={backlinkCount} what="to its spans" />
    </Link>
  );
}

function LinkCount({
  mark,
  count,
  what,
}: {
  readonly mark: string;
  readonly count: number;
  readonly what: string;
}) {
  if (count === 0) return null;
  return (
    <span className={styles.badge}>
      <span aria-hidden="true">{mark}</span>
      {formatCount(count)}
      <span className="visually-hidden">
        {' '}
        {count === 1 ? 'link' : 'links'} {what}{' '}
      </span>
    </span>
  );
}

function Status({ trace: { traceId, errorCount, error, root } }: { readonly trace: TraceSummary }) {
  if (errorCount > 0) {
    return (
      <Link
        to="/trace/$traceId"
        params={{ traceId }}
        search={error ? { spanId: error.spanId } : {}}
        className={styles.error}
        title={error ? `${error.name}: ${error.message ?? 'no message'}` : undefined}
      >
        <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
          <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
          <path d="M8 4v5M8 11v1.6" stroke="var(--surface)" strokeWidth="2" />
        </svg>
        <span className={styles.errorCount}>{counted(errorCount, 'error')}</span>
        {error?.message && <span className={styles.message}>{error.message}</span>}
      </Link>
    );
  }
  return root.status === 'ok' ? <span className={styles.ok}>ok</span> : null;
}
