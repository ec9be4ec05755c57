import type { FailureCauses } from './export-failure.ts';
import type { DroppedSpans } from './span-backlog.ts';

/** Counts of the spans that were given to a queue, by outcome. */
export interface ExportCounters {
  /** Spans that wait, or are being sent. */
  readonly queued: number;
  /** Spans that the backend took. */
  readonly exported: number;
  /** Spans that the full (or closed) queue dropped, by kind. Local roots without links are ordinary. */
  readonly dropped: Readonly<DroppedSpans>;
  /** Failed exports, and the spans lost with them. Spans with links may have returned to the queue. */
  readonly failed: { readonly exports: number; readonly spans: number };
  readonly journal: JournalCounters;
}

/** Counts of the journal of spans with links. */
export interface JournalCounters {
  /** Spans of earlier processes that were sent from the journal. */
  readonly recovered: number;
  /** Among those, the spans that had not ended: sent as `interrupted`. */
  readonly interrupted: number;
  /** Spans of this process that could not be written to it; a kill may lose them. */
  readonly uncovered: number;
}

/** Further counts, for metrics. */
export interface ExportFigures {
  readonly capacity: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly exported: number;
  /** Spans of failed exports by cause. Each attempt counts. */
  readonly failures: FailureCauses;
  /** Spans that failed permanently. */
  readonly failed: number;
  readonly dropped: Readonly<DroppedSpans>;
  /** The part of `dropped` that arrived late, or still waited, when the queue was closed. */
  readonly droppedAtClose: Readonly<DroppedSpans>;
  readonly journal: JournalCounters;
}

export const NO_COUNTERS: ExportCounters = Object.freeze({
  queued: 0,
  exported: 0,
  dropped: Object.freeze({ ordinary: 0, linkBearing: 0 }),
  failed: Object.freeze({ exports: 0, spans: 0 }),
  journal: Object.freeze({ recovered: 0, interrupted: 0, uncovered: 0 }),
});

export function addCounters(total: ExportCounters, next: ExportCounters): ExportCounters {
  return {
    queued: total.queued + next.queued,
    exported: total.exported + next.exported,
    dropped: {
      ordinary: total.dropped.ordinary + next.dropped.ordinary,
      linkBearing: total.dropped.linkBearing + next.dropped.linkBearing,
    },
    failed: {
      exports: total.failed.exports + next.failed.exports,
      spans: total.failed.spans + next.failed.spans,
    },
    journal: {
      recovered: total.journal.recovered + next.journal.recovered,
      interrupted: total.journal.interrupted + next.journal.interrupted,
      uncovered: total.journal.uncovered + next.journal.uncovered,
    },
  };
}
