/** What a writer has done since it started, in spans, and what waits. */
export interface WriteCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /** Turned away because too much was waiting, or the database was away; not stored, and not in the counts before. */
  readonly turnedAway: number;
  readonly queuedRequests: number;
  readonly queuedSpans: number;
  readonly queuedBytes: number;
}
