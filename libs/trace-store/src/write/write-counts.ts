/** The counts of one signal since the start: of spans, or of log records. */
export interface SignalCounts {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  /**
   * Turned away because too much was waiting or the database was away. Not stored and not in the
   * counts above.
   */
  readonly turnedAway: number;
}

export interface LogCounts extends SignalCounts {
  /** `refused` by a word for the reason: `time`, `severity` or `database`. */
  readonly refusedBy: ReadonlyMap<string, number>;
}

/** The counts of a writer since it started, in spans, those of log records, and the length of its queue. */
export interface WriteCounts extends SignalCounts {
  readonly logs: LogCounts;
  readonly queuedRequests: number;
  /** Spans and log records. */
  readonly queuedSpans: number;
  readonly queuedBytes: number;
}

/** Counts that grow. */
export class SignalCounter {
  readonly #counts = { received: 0, stored: 0, duplicates: 0, refused: 0, turnedAway: 0 };
  readonly #refusedBy = new Map<string, number>();

  /** Counts a request that was answered. @param words has the refused ones by a word for the reason. */
  answered(
    { stored, duplicates, refused }: Pick<SignalCounts, 'stored' | 'duplicates' | 'refused'>,
    words: ReadonlyMap<string, number>,
  ): void {
    this.#counts.received += stored + duplicates + refused;
    this.#counts.stored += stored;
    this.#counts.duplicates += duplicates;
    this.#counts.refused += refused;
    for (const [word, count] of words) this.#refusedBy.set(word, (this.#refusedBy.get(word) ?? 0) + count);
  }

  turnedAway(count: number): void {
    this.#counts.turnedAway += count;
  }

  get counts(): SignalCounts {
    return { ...this.#counts };
  }

  get refusedBy(): ReadonlyMap<string, number> {
    return this.#refusedBy;
  }
}
