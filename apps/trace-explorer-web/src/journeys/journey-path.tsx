import type { JourneyStage, JourneySummary } from '@span-links/explorer-api';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import styles from './journey-path.module.css';
import { isLongWait, pathSentence, stageName } from './journey-text.ts';

const MOST_STAGES = 6;
const FIRST_STAGES = 3;
const LAST_STAGES = 2;

/** The critical path in one line: stages with the waits between them. */
export function JourneyPath({ journey }: { readonly journey: JourneySummary }) {
  const { path, totalNs } = journey;
  const hidden = path.length > MOST_STAGES ? path.length - FIRST_STAGES - LAST_STAGES : 0;
  const steps = path.flatMap((stage, place) => {
    if (hidden > 0 && place > FIRST_STAGES && place < FIRST_STAGES + hidden) return [];
    const isFold = hidden > 0 && place === FIRST_STAGES;
    return (
      <span key={`${place} ${stage.spanId}`} className={styles.step}>
        {place > 0 && <Wait waitNs={stage.waitNs} isLong={isLongWait(stage.waitNs, totalNs)} />}
        {isFold ? <span className={styles.fold}>{hidden} more</span> : <Stage stage={stage} />}
      </span>
    );
  });
  return (
    <div className={styles.path} title={pathSentence(journey)}>
      {steps.length > 1 && <div className={styles.before}>{steps.slice(0, -1)}</div>}
      {steps.at(-1)}
    </div>
  );
}

function Wait({ waitNs, isLong }: { readonly waitNs: number; readonly isLong: boolean }) {
  return (
    <span className={styles.wait} data-long={isLong}>
      {isLong ? (
        <span className={styles.waitText}>waited {formatDuration(waitNs)}</span>
      ) : (
        <span className="visually-hidden">then </span>
      )}
      <svg viewBox="0 0 8 10" width="7" height="9" aria-hidden="true">
        <path d="M1 1l5 4-5 4" fill="none" stroke="currentColor" strokeWidth="1.6" />
      </svg>
    </span>
  );
}

function Stage({ stage }: { readonly stage: JourneyStage }) {
  const hasFailed = stage.failed > stage.retried;
  return (
    <span className={styles.stage} data-failed={hasFailed}>
      <span className={styles.colour} style={{ background: serviceColour(stage.service) }} />
      <span className="visually-hidden">{stage.service}: </span>
      <span className={styles.name}>{stageName(stage)}</span>
      {hasFailed && <span className={styles.cross}>✗</span>}
      {stage.retried > 0 && (
        <span className={styles.retry} title={`${stage.retried} failed and tried again`}>
          ↻
        </span>
      )}
      <span className={styles.duration}>{formatDuration(stage.durationNs)}</span>
    </span>
  );
}
