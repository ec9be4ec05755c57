import type { TraceView } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { exportLink, htmlFileLink } from '../api/export-link.ts';
import type { LiveState } from '../api/live.ts';
import { TRACE_VIEWS, type TraceViewName } from '../app/address.ts';
import { CopyButton } from '../span-detail/copy-button.tsx';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstantInZone, formatInstantExactly } from '../time/instant.ts';
import { shortValue } from '../journeys/journey-text.ts';
import { CrumbTrail } from './crumb-trail.tsx';
import type { Crumb } from './crumbs.ts';
import { ErrorMark } from './marks.tsx';
import styles from './trace-header.module.css';

const VIEW_NAMES: Readonly<Record<TraceViewName, string>> = {
  waterfall: 'Waterfall',
  graph: 'Link graph',
  timeline: 'Stitched timeline',
};

interface TraceHeaderProps {
  readonly trace: TraceView;
  readonly view: TraceViewName;
  readonly crumbs: readonly Crumb[];
  readonly live: LiveState;
  readonly onNextError: () => void;
  readonly onNextLink: (direction: 'out' | 'in') => void;
}

/** The name of the trace and its figures. */
export function TraceHeader(props: TraceHeaderProps) {
  const { trace, view, crumbs, live } = props;
  const { root, traceId } = trace.summary;
  return (
    <header className={styles.header}>
      <CrumbTrail crumbs={crumbs} />
      <div className={styles.title}>
        <h1 title={`${root.name} · ${root.service}`}>
          <span className={styles.colour} style={{ background: serviceColour(root.service) }} />
          <span className={styles.rootName}>{root.name || '(no name)'}</span>
          <span className={styles.service}>{root.service}</span>
        </h1>
        {!root.received && (
          <span
            className={styles.notice}
            title="The root span has not been received; this is the earliest one"
          >
            root not received
          </span>
        )}
        <ViewSwitch traceId={traceId} view={view} />
      </div>
      <Figures {...props} />
      {live === 'lost' && (
        <p className={styles.lost} role="status">
          No live updates: the explorer does not answer. This page keeps trying.
        </p>
      )}
    </header>
  );
}

function Figures({ trace, onNextError, onNextLink }: TraceHeaderProps) {
  const { traceId, startTime, durationNs, spanCount, errorCount, linkCount, backlinkCount } = trace.summary;
  return (
    <div className={styles.figures}>
      <span className={styles.id}>
        <span className="visually-hidden">Trace ID </span>
        <code>{traceId}</code>
        <CopyButton text={traceId} name="trace ID" />
      </span>
      <time title={formatInstantExactly(startTime)}>{formatInstantInZone(startTime)}</time>
      <b>{formatDuration(durationNs)}</b>
      <span>
        <b>{spanCount.toLocaleString()}</b> {spanCount === 1 ? 'span' : 'spans'}
      </span>
      {errorCount > 0 && (
        <button
          type="button"
          className={styles.errors}
          title="Go to the next error (e)"
          onClick={onNextError}
        >
          <ErrorMark />
          {errorCount.toLocaleString()} {errorCount === 1 ? 'error' : 'errors'}
        </button>
      )}
      <JourneyLink trace={trace} />
      <a
        href={exportLink([traceId]).href}
        download={`trace-${traceId}.jsonl`}
        className={styles.journey}
        title="The whole trace as JSON lines of OTLP; drop the file on an explorer to import it"
      >
        Download OTLP
      </a>
      <a
        href={htmlFileLink({ trace: traceId })}
        download={`trace-${traceId}.html`}
        className={styles.journey}
        title="The trace as one file that opens in any browser, without a network"
      >
        Download HTML
      </a>
      {linkCount > 0 && (
        <button type="button" className={styles.links} onClick={() => onNextLink('out')}>
          ↗ {linkCount.toLocaleString()} {linkCount === 1 ? 'link' : 'links'}
        </button>
      )}
      {backlinkCount > 0 && (
        <button type="button" className={styles.links} onClick={() => onNextLink('in')}>
          ↙ linked from {backlinkCount.toLocaleString()}
        </button>
      )}
    </div>
  );
}

/** A link to the journey that contains the trace. */
function JourneyLink({ trace: { journey, summary } }: { readonly trace: TraceView }) {
  if (journey === null) return null;
  const { journeyId, item, memberOf } = journey;
  if (memberOf > 1 && journeyId !== summary.traceId) {
    return (
      <Link to="/" search={{ q: `trace=${summary.traceId}` }} className={styles.journey}>
        in {memberOf.toLocaleString('en')} journeys
      </Link>
    );
  }
  return (
    <Link
      to="/journey/$journeyId"
      params={{ journeyId }}
      className={styles.journey}
      title={item ? `${item.key} ${item.value}` : undefined}
    >
      journey{item && ` of ${item.key} ${shortValue(item.value)}`}
    </Link>
  );
}

function ViewSwitch({ traceId, view }: { readonly traceId: string; readonly view: TraceViewName }) {
  return (
    <nav aria-label="Views of this trace" className={styles.views}>
      {TRACE_VIEWS.map((name) => (
        <Link
          key={name}
          to="/trace/$traceId"
          params={{ traceId }}
          search={(search) => ({ ...search, view: name })}
          state
          className={styles.view}
          aria-current={name === view ? 'page' : undefined}
          data-current={name === view || undefined}
        >
          {VIEW_NAMES[name]}
        </Link>
      ))}
    </nav>
  );
}
