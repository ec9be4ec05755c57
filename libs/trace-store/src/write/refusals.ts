// A reason may quote the database, so there could be many. A sender's log only needs a few.
const MAX_REASONS = 8;

/** Counts spans or log records that could not be stored, by reason. */
export class Refusals {
  readonly #reasons = new Map<string, number>();
  readonly #words = new Map<string, number>();
  readonly #noun: string;
  #count = 0;

  constructor(noun = 'span') {
    this.#noun = noun;
  }

  get count(): number {
    return this.#count;
  }

  /** The counts by the word for the reason. The words are few. */
  get words(): ReadonlyMap<string, number> {
    return this.#words;
  }

  /** @param word for the reason, as a label of metrics. */
  add(reason: string, word = 'other'): void {
    this.#count++;
    this.#words.set(word, (this.#words.get(word) ?? 0) + 1);
    const known = this.#reasons.get(reason);
    if (known !== undefined || this.#reasons.size < MAX_REASONS) this.#reasons.set(reason, (known ?? 0) + 1);
  }

  /** For example "3 spans: no valid trace id"; at most eight sentences. */
  sentences(): string[] {
    return [...this.#reasons].map(
      ([reason, count]) => `${count} ${this.#noun}${count === 1 ? '' : 's'}: ${reason}`,
    );
  }
}
