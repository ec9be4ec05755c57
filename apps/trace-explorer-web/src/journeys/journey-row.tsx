import type { JourneySummary } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { formatDuration } from '../time/duration.ts';
import { formatInstantExactly, formatInstantShortly, isoInstant } from '../time/instant.ts';
import { useAge } from '../time/use-age.ts';
import { JourneyPath } from './journey-path.tsx';
import styles from './journey-row.module.css';
import { StateBadge } from './journey-state.tsx';
import { journeyNote, journeyTitle, shortValue } from './journey-text.ts';

/** A journey in two lines: its name and start; its path with a note; its duration; its state. */
export const JourneyRow = memo(function JourneyRow({
  journey,
  index,
  isFresh,
}: {
  readonly journey: JourneySummary;
  readonly index: number;
  readonly isFresh: boolean;
}) {
  return (
    <div
      className={styles.row}
      role="row"
      aria-rowindex={index + 2}
      data-fresh={isFresh}
      data-journey={journey.journeyId}
    >
      <Title journey={journey} index={index} />
      <div role="cell" className={styles.story}>
        <JourneyPath journey={journey} />
        <Note journey={journey} />
      </div>
      <Times journey={journey} />
      <div role="cell" className={styles.state}>
        <StateBadge state={journey.state} />
      </div>
    </div>
  );
});

function Title({ journey, index }: { readonly journey: JourneySummary; readonly index: number }) {
  const { journeyId, item, startTime } = journey;
  return (
    <div role="cell" className={styles.title}>
      <Link
        to="/journey/$journeyId"
        params={{ journeyId }}
        className={styles.link}
        data-row={index}
        title={journeyTitle(journey)}
      >
        {item ? (
          <>
            <span className={styles.key}>{item.key} </span>
            {shortValue(item.value)}
          </>
        ) : (
          journeyTitle(journey)
        )}
      </Link>
      <span className={styles.time}>
        <time dateTime={isoInstant(startTime)} title={formatInstantExactly(startTime)}>
          {formatInstantShortly(startTime)}
        </time>
        <Age startTime={startTime} />
      </span>
    </div>
  );
}

function Age({ startTime }: { readonly startTime: string }) {
  return <span className={styles.age}>{useAge(startTime)}</span>;
}

function Note({ journey }: { readonly journey: JourneySummary }) {
  // Renders again each second while it waits, because its age changes.
  useAge(journey.waitingFor?.since ?? journey.startTime);
  const note = journeyNote(journey, Date.now());
  if (note === '') return null;
  const { culprit, message } = journey;
  if (!culprit || message === null) {
    return (
      <span className={styles.note} data-state={journey.state} title={note}>
        {note}
      </span>
    );
  }
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId: culprit.traceId }}
      search={{ spanId: culprit.spanId }}
      className={styles.error}
      title={`${note}: open the span that failed`}
    >
      ✗ {note}
    </Link>
  );
}

function Times({ journey: { totalNs, workNs, waitNs } }: { readonly journey: JourneySummary }) {
  const share = totalNs > 0 ? (waitNs / totalNs) * 100 : 0;
  return (
    <div role="cell" className={styles.times}>
      <span className={styles.total}>{formatDuration(totalNs)}</span>
      <span className={styles.bar} aria-hidden="true">
        <span style={{ width: `${100 - share}%` }} />
      </span>
      <span className={styles.parts}>
        {formatDuration(workNs)} work{waitNs > 0 && `, ${formatDuration(waitNs)} wait`}
      </span>
    </div>
  );
}
