import type { JourneyView } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { exportLink, htmlFileLink } from '../api/export-link.ts';
import { journeyQuery } from '../api/journey-queries.ts';
import { ApiProblem } from '../api/problem.ts';
import { FailureNotice } from '../app/failure-page.tsx';
import { formatDuration } from '../time/duration.ts';
import { formatInstantExactly, formatInstantShortly, isoInstant } from '../time/instant.ts';
import { useAge } from '../time/use-age.ts';
import { serviceColour } from '../service/service-colour.ts';
import styles from './journey-page.module.css';
import { JourneyExport } from './journey-export.tsx';
import { StateBadge } from './journey-state.tsx';
import { journeyNote, journeyTitle, stageName, STATE_MEANINGS } from './journey-text.ts';
import { JourneyWaterfall } from './journey-waterfall.tsx';

/** One journey across its traces. */
export function JourneyPage() {
  const { journeyId } = useParams({ from: '/journey/$journeyId' });
  const { data, error, isPending } = useQuery(journeyQuery(journeyId));
  if (data) return <Journey view={data} asked={journeyId} />;
  if (isPending && error === null) return <p className={styles.loading}>Loading the journey …</p>;
  if (error instanceof ApiProblem && error.status === 404) {
    return (
      <FailureNotice title="This journey is not here">
        <p>
          The trace is part of no journey: nothing links to it, and nothing is expected to. It may also not
          have been received yet, or retention took it. A journey shows up two seconds after its spans.
        </p>
        <p className={styles.ways}>
          <Link to="/">All journeys</Link>
          <Link to="/trace/$traceId" params={{ traceId: journeyId }}>
            The trace alone
          </Link>
        </p>
      </FailureNotice>
    );
  }
  return (
    <FailureNotice title="The journey could not be loaded">
      <p>{error instanceof Error ? error.message : 'The explorer gave no reason.'}</p>
      <p>
        <Link to="/">All journeys</Link>
      </p>
    </FailureNotice>
  );
}

function Journey({ view, asked }: { readonly view: JourneyView; readonly asked: string }) {
  const { summary } = view;
  const { item, path, startTime, state } = summary;
  const age = useAge(startTime);
  const services = new Set(view.units.map(({ service }) => service)).size;
  return (
    <div className={styles.page}>
      <title>{`${journeyTitle(summary)} · Span Links`}</title>
      <header className={styles.header}>
        <p className={styles.crumb}>
          <Link to="/">Journeys</Link>
          {asked !== summary.journeyId && view.memberOf > 1 && (
            <>
              {' '}
              · one of{' '}
              <Link to="/" search={{ q: `trace=${asked}` }}>
                {view.memberOf} journeys through this trace
              </Link>
            </>
          )}
        </p>
        <div className={styles.heading}>
          <h1 className={styles.title}>
            {item ? (
              <>
                <span className={styles.key}>{item.key}</span> {item.value}
              </>
            ) : (
              path[0]?.operation
            )}
          </h1>
          <StateBadge state={state} />
        </div>
        <p className={styles.facts}>
          <time dateTime={isoInstant(startTime)} title={formatInstantExactly(startTime)}>
            {formatInstantShortly(startTime)}
          </time>
          <span>{age}</span>
          <span>{summary.traceCount === 1 ? '1 trace' : `${summary.traceCount} traces`}</span>
          <span>{services === 1 ? '1 service' : `${services} services`}</span>
          <Download view={view} />
          <JourneyExport view={view} />
        </p>
        <Reason view={view} />
      </header>
      <Figures view={view} />
      <CriticalPath view={view} />
      <JourneyWaterfall view={view} />
    </div>
  );
}

function Download({ view: { summary, units } }: { readonly view: JourneyView }) {
  const traceIds = [...new Set([summary.journeyId, ...units.map(({ traceId }) => traceId)])];
  const { href, count } = exportLink(traceIds);
  const isPart = count < traceIds.length;
  return (
    <>
      <a href={href} download={`journey-${summary.journeyId}.jsonl`} title="JSON lines of OTLP">
        Download OTLP{isPart && ` of the first ${count} traces`}
      </a>
      <a
        href={htmlFileLink({ journey: summary.journeyId })}
        download={`journey-${summary.journeyId}.html`}
        title="The journey as one file that opens in any browser, without a network"
      >
        Download HTML
      </a>
    </>
  );
}

/** The reason for its state, if it needs one. */
function Reason({ view: { summary } }: { readonly view: JourneyView }) {
  useAge(summary.waitingFor?.since ?? summary.startTime);
  const { culprit, message, state } = summary;
  if (message !== null && culprit) {
    return (
      <p className={styles.error}>
        <strong>{journeyNote(summary, Date.now())}</strong>{' '}
        <Link to="/trace/$traceId" params={{ traceId: culprit.traceId }} search={{ spanId: culprit.spanId }}>
          Open the span that failed
        </Link>
      </p>
    );
  }
  if (state === 'done' || state === 'settling') return null;
  const note = summary.waitingFor ? journeyNote(summary, Date.now()) : STATE_MEANINGS[state];
  return <p className={styles.reason}>{note}</p>;
}

function Figures({ view: { summary } }: { readonly view: JourneyView }) {
  const { totalNs, workNs, waitNs } = summary;
  return (
    <dl className={styles.figures}>
      <div>
        <dt>Took</dt>
        <dd>{formatDuration(totalNs)}</dd>
      </div>
      <div>
        <dt>Work</dt>
        <dd>{formatDuration(workNs)}</dd>
      </div>
      <div data-kind="wait">
        <dt>Waited</dt>
        <dd>{waitNs > 0 ? formatDuration(waitNs) : 'never'}</dd>
      </div>
    </dl>
  );
}

/** The stages that decided its duration. */
function CriticalPath({ view: { summary } }: { readonly view: JourneyView }) {
  return (
    <ol className={styles.critical} aria-label="Critical path">
      {summary.path.map((stage, place) => (
        <li key={`${place} ${stage.spanId}`}>
          {place > 0 && <span className={styles.waited}>waited {formatDuration(stage.waitNs)}</span>}
          <span className={styles.stage}>
            <span className={styles.colour} style={{ background: serviceColour(stage.service) }} />
            <strong>{stageName(stage)}</strong> {formatDuration(stage.durationNs)}
            {stage.ownNs !== null && (
              <span className={styles.own}>, of which own {formatDuration(stage.ownNs)}</span>
            )}
          </span>
        </li>
      ))}
    </ol>
  );
}
