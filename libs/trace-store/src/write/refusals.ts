// A reason may quote the database, so there could be many; a sender's log needs a few.
const MAX_REASONS = 8;

/** Counts spans that could not be stored, by reason. */
export class Refusals {
  readonly #reasons = new Map<string, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(reason: string): void {
    this.#count++;
    const known = this.#reasons.get(reason);
    if (known !== undefined || this.#reasons.size < MAX_REASONS) this.#reasons.set(reason, (known ?? 0) + 1);
  }

  /** Such as "3 spans: no valid trace id"; at most eight of them. */
  sentences(): string[] {
    return [...this.#reasons].map(
      ([reason, count]) => `${count} ${count === 1 ? 'span' : 'spans'}: ${reason}`,
    );
  }
}
