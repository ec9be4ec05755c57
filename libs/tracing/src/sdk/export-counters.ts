import type { FailureCauses } from './export-failure.ts';
import type { DroppedSpans } from './span-backlog.ts';

/** What has become of the spans that were given to a queue. */
export interface ExportCounters {
  /** Spans that wait, or are on their way. */
  readonly queued: number;
  /** Spans that the backend took. */
  readonly exported: number;
  /** Spans that the full (or closed) queue gave up, by what they were; local roots without links are ordinary. */
  readonly dropped: Readonly<DroppedSpans>;
  /** Exports that failed, and the spans lost with them; spans that bear links may have come back into the queue. */
  readonly failed: { readonly exports: number; readonly spans: number };
}

/** More of the same, for metrics. */
export interface ExportFigures {
  readonly capacity: number;
  readonly waiting: number;
  readonly underWay: number;
  readonly exported: number;
  /** Spans of failed exports by cause; those that were tried again count each time. */
  readonly failures: FailureCauses;
  /** Spans that failed for good. */
  readonly failed: number;
  readonly dropped: Readonly<DroppedSpans>;
  /** The part of `dropped` that came, or still waited, when the queue was closed. */
  readonly droppedAtClose: Readonly<DroppedSpans>;
}

export const NO_COUNTERS: ExportCounters = Object.freeze({
  queued: 0,
  exported: 0,
  dropped: Object.freeze({ ordinary: 0, linkBearing: 0 }),
  failed: Object.freeze({ exports: 0, spans: 0 }),
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
  };
}
