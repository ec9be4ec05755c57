import type { JourneyState } from '@span-links/explorer-api';
import type { Failures } from './failures.ts';
import type { MissingHandOff } from './hand-offs.ts';
import type { Members } from './journey-members.ts';
import type { JourneySpan } from './journey-span.ts';

/** The facts that decide the state of a journey. */
export interface StateFacts {
  readonly members: Members;
  readonly failures: Failures;
  /** Expected hand-offs that have not taken place, oldest first. */
  readonly missing: readonly MissingHandOff[];
  /** True if its head links to something that is missing. */
  readonly isHeadless: boolean;
  /** The time since its last span came in, in ms. */
  readonly quietMs: number;
}

/**
 * A state that only new spans change. Time alone turns `waiting` into `overdue`, so `overdue` is
 * not among them.
 */
export type LastingState = Exclude<JourneyState, 'settling' | 'overdue'>;

export interface StateVerdict {
  readonly state: LastingState;
  /** The span that says why the journey failed or was refused. */
  readonly culprit?: JourneySpan | undefined;
  readonly missing?: MissingHandOff | undefined;
  /**
   * The time at which a waiting journey becomes overdue, unix time in ns; `undefined` if nobody
   * knows how long it may take.
   */
  readonly overdueAtNs?: bigint | undefined;
  /** When to check again even if nothing comes in, in ms from now. */
  readonly recheckMs?: number | undefined;
}

/**
 * Exporters send in batches, so spans of one moment come in over this time. Good or bad news is not
 * shown before.
 */
export const SETTLE_MS = 2_000;
/** A parent that has not come in after this time is lost with its process. */
const RUNNING_MS = 600_000;
const OVERDUE_FACTOR = 3;
/**
 * Exporters hold spans back for some seconds. Without this delay, a hand-off of 10 ms would be
 * overdue after 30.
 */
const EXPORT_DELAY_NS = 10_000_000_000;
/** Other journeys may teach in the meantime what to expect. */
const LEARN_MS = 60_000;

/** The first matching rule decides. */
export function stateOf(facts: StateFacts): StateVerdict {
  const { members, failures, missing, quietMs } = facts;
  const refused = refusedSpan(members);
  if (refused) return { state: 'refused', culprit: [...failures.failed.values()][0] ?? refused };
  const failed = [...failures.failed].find(([step]) => !failures.superseded.has(step));
  if (failed) {
    const isUndone = members.steps.some(({ from }) =>
      from.some(({ link }) => link.relation === 'compensates'),
    );
    return { state: isUndone ? 'undone' : 'failed', culprit: failed[1] };
  }
  const [first] = missing;
  if (first) return waitingState(first);
  const isComplete = members.steps.every(({ unit }) => unit.trace.isComplete);
  if (facts.isHeadless || members.isTruncated || (!isComplete && quietMs >= RUNNING_MS))
    return { state: 'cut' };
  if (!isComplete) return { state: 'running', recheckMs: RUNNING_MS - quietMs };
  return { state: 'done' };
}

/** True if the state is good or bad news, which may be wrong while spans still come in. */
export function isNews(state: LastingState): boolean {
  return state === 'failed' || state === 'undone' || state === 'done';
}

/** A server that answered 4xx: nothing follows from a refused request. */
function refusedSpan({ headTraceId, steps }: Members): JourneySpan | undefined {
  if (steps.length !== 1) return undefined;
  return steps
    .filter(({ unit }) => unit.trace.traceId === headTraceId)
    .flatMap(({ unit }) => unit.scope)
    .find(({ httpStatus = 0 }) => httpStatus >= 400 && httpStatus < 500);
}

function waitingState(missing: MissingHandOff): StateVerdict {
  const { sinceNs, longestNs } = missing;
  const overdueAtNs =
    longestNs === undefined ? undefined : sinceNs + BigInt(longestNs * OVERDUE_FACTOR + EXPORT_DELAY_NS);
  return { state: 'waiting', missing, overdueAtNs, recheckMs: LEARN_MS };
}

/** A state and the times at which it changes without new spans, in unix ms. */
export interface TimedState {
  readonly state: LastingState;
  readonly settlesAtMs: number | null;
  readonly overdueAtMs: number | null;
}

/** The state that people see at a given time. src/read/journey-reader.ts says the same in SQL. */
export function shownState({ state, settlesAtMs, overdueAtMs }: TimedState, nowMs: number): JourneyState {
  if (settlesAtMs !== null && settlesAtMs > nowMs) return 'settling';
  if (state === 'waiting' && overdueAtMs !== null && overdueAtMs <= nowMs) return 'overdue';
  return state;
}
