/** The counts of a writer since it started, in spans, and the length of its queue. */
export interface WriteCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /**
   * Turned away because too much was waiting or the database was away. Not stored and not in the
   * counts above.
   */
  readonly turnedAway: number;
  readonly queuedRequests: number;
  readonly queuedSpans: number;
  readonly queuedBytes: number;
}
