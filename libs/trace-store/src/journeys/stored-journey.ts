import type { JourneyStage, JourneySummary } from '@span-links/explorer-api';
import type { HandOff } from './hand-offs.ts';
import type { JourneyStory } from './journey.ts';
import { shownState, type LastingState } from './journey-state.ts';

/**
 * The values that most stages have. They are left out of the table: a story of three stages takes
 * 0.6 kB instead of 1.1.
 */
const USUAL_STAGE: Partial<JourneyStage> = {
  count: 1,
  failed: 0,
  retried: 0,
  sources: 1,
  waitNs: 0,
  ownNs: null,
  message: null,
};

type StoredHandOff = [string, string, boolean, string, Record<string, number>];

/** The part of a row of `journeys` that a summary needs. */
export interface JourneyRow {
  readonly journey_id: string;
  readonly start_ns: string;
  readonly total_ns: string;
  readonly wait_ns: string;
  readonly trace_count: number;
  readonly state: LastingState;
  readonly settles_at_ms: number | null;
  readonly overdue_at_ms: number | null;
  readonly now_ms: number;
  readonly story: StoredStory;
}

type StoredStage = Partial<JourneyStage>;
type StoredStory = Pick<JourneyStory, 'item' | 'message' | 'culprit' | 'waitingFor'> & {
  readonly path: readonly StoredStage[];
  readonly beside: readonly StoredStage[];
};

/** The column `story`: everything that has no column of its own. */
export function storedStory({ item, message, culprit, waitingFor, path, beside }: JourneyStory): string {
  const story: StoredStory = {
    item,
    message,
    culprit,
    waitingFor,
    path: path.map(storedStage),
    beside: beside.map(storedStage),
  };
  return JSON.stringify(story);
}

export function journeySummary(row: JourneyRow): JourneySummary {
  const { item, message, culprit, waitingFor, path, beside } = row.story;
  const [totalNs, waitNs] = [Number(row.total_ns), Number(row.wait_ns)];
  const timed = { state: row.state, settlesAtMs: row.settles_at_ms, overdueAtMs: row.overdue_at_ms };
  return {
    journeyId: row.journey_id,
    item,
    startTime: row.start_ns,
    totalNs,
    workNs: totalNs - waitNs,
    waitNs,
    state: shownState(timed, row.now_ms),
    message,
    culprit,
    waitingFor,
    traceCount: row.trace_count,
    path: path.map(fullStage),
    beside: beside.map(fullStage),
  };
}

function storedStage(stage: JourneyStage): StoredStage {
  const usual = USUAL_STAGE as Record<string, unknown>;
  return Object.fromEntries(
    Object.entries(stage).filter(([name, value]) => !(name in usual) || usual[name] !== value),
  );
}

function fullStage(stage: StoredStage): JourneyStage {
  return { ...USUAL_STAGE, ...stage } as JourneyStage;
}

/** The column `hand_offs`. */
export function storedHandOffs(handOffs: readonly HandOff[]): string {
  return JSON.stringify(
    handOffs.map(({ spanId, operation, isProducer, endNs, taken }): StoredHandOff => [
      spanId,
      operation,
      isProducer,
      String(endNs),
      { ...taken },
    ]),
  );
}

export function handOffsFrom(stored: readonly StoredHandOff[]): HandOff[] {
  return stored.map(([spanId, operation, isProducer, endNs, taken]) => ({
    spanId,
    operation,
    isProducer,
    endNs: BigInt(endNs),
    taken,
  }));
}
