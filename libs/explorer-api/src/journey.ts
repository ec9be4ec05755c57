import type { SpanKind } from './span.ts';

/**
 * The state of a journey. The first match counts:
 * - `refused`: the server answered the first request with 4xx, and nothing followed.
 * - `failed`: a step failed and no retry succeeded; `undone`: and other steps reverted what had
 * been done.
 * - `waiting`: a usual next step has not come yet; `overdue`: it waits three times as long as it
 * ever took.
 * - `cut`: part of it is missing: never received, or deleted by retention, or dropped by a sender.
 * - `running`: a span has come in whose parent has not.
 * - `settling`: spans came in a moment ago.
 * - `done`: none of these. A late span can reopen it.
 */
export const JOURNEY_STATES = [
  'waiting',
  'overdue',
  'failed',
  'undone',
  'refused',
  'cut',
  'running',
  'settling',
  'done',
] as const;
export type JourneyState = (typeof JOURNEY_STATES)[number];

export const JOURNEY_SORTS = ['newest', 'total', 'waiting'] as const;
export type JourneySort = (typeof JOURNEY_SORTS)[number];

/** The units of one operation on a journey: a request, a batch with its retries, the parallel branches of one kind. */
export interface JourneyStage {
  readonly service: string;
  readonly operation: string;
  /** The trace to look at: that of the first unit that failed, otherwise of the last one. */
  readonly traceId: string;
  readonly spanId: string;
  /** The number of its units. */
  readonly count: number;
  /** Units that failed, including those that were retried. */
  readonly failed: number;
  /** Units that another attempt replaces. */
  readonly retried: number;
  /** The number of sources of the unit: 1, or the size of a fan-in. */
  readonly sources: number;
  /**
   * The wait before it, in ns. For a stage with several units, the wait before the unit that
   * `spanId` names.
   */
  readonly waitNs: number;
  /** In ns. */
  readonly durationNs: number;
  /**
   * In a fan-in, the time of the spans that name this journey's item, in ns; `null` if there are
   * none.
   */
  readonly ownNs: number | null;
  /** The message of the first failure, or `null`. */
  readonly message: string | null;
}

/** A row of the list of journeys. Absolute times are unix ns in decimal. */
export interface JourneySummary {
  /** The first trace of the journey. */
  readonly journeyId: string;
  /** The attribute that tells it apart, such as `order.id`; `null` if no span has one. */
  readonly item: { readonly key: string; readonly value: string } | null;
  readonly startTime: string;
  /**
   * From the first start to the last end, in ns. `workNs` and `waitNs` are its parts along the
   * critical path.
   */
  readonly totalNs: number;
  readonly workNs: number;
  readonly waitNs: number;
  readonly state: JourneyState;
  /** Why it failed or was refused, from its span; `null` otherwise. */
  readonly message: string | null;
  /** The span with that message. */
  readonly culprit: { readonly traceId: string; readonly spanId: string } | null;
  /**
   * The operation that usually takes a waiting journey's item, if known, and the start of the wait.
   */
  readonly waitingFor: {
    readonly service: string | null;
    readonly operation: string | null;
    /** The operation that passed the item on. */
    readonly after: { readonly service: string; readonly operation: string } | null;
    readonly since: string;
  } | null;
  readonly traceCount: number;
  /** The stages that decided the duration, in order, including the first one. */
  readonly path: readonly JourneyStage[];
  /** Stages beside the critical path, at most 64. */
  readonly beside: readonly JourneyStage[];
}

/** `GET /api/v1/journeys`. */
export interface JourneyPage {
  readonly journeys: readonly JourneySummary[];
  /** For the next page's `cursor`; `null` at the end. */
  readonly nextCursor: string | null;
  /**
   * Unix time in ns at which a search without an index stopped; `null` otherwise. `nextCursor`
   * continues there.
   */
  readonly searchedBackTo: string | null;
  /** As in a page of traces. */
  readonly hint?: string;
}

/** A bar of a journey's waterfall. */
export interface JourneyUnit {
  readonly traceId: string;
  readonly spanId: string;
  /** The place in `JourneyView.units` of the unit that it follows from; -1 for the head. */
  readonly parent: number;
  readonly relation: string | null;
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanKind;
  /** In ns since the journey's start. */
  readonly startNs: number;
  readonly durationNs: number;
  /** From the end of its source to its start, in ns. */
  readonly waitNs: number;
  readonly ownNs: number | null;
  readonly sources: number;
  readonly spanCount: number;
  readonly isOnPath: boolean;
  readonly isRetried: boolean;
  readonly hasFailed: boolean;
  /** The first error's message and span. */
  readonly message: string | null;
  readonly culpritSpanId: string | null;
}

/** `GET /api/v1/journeys/:id`. */
export interface JourneyView {
  readonly summary: JourneySummary;
  /** Each comes after the unit that it follows from. At most 1,000. */
  readonly units: readonly JourneyUnit[];
  /** The total number of units. */
  readonly unitCount: number;
  /** The number of journeys that contain the requested trace. */
  readonly memberOf: number;
}
