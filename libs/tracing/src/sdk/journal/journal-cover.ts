/** After the file system has refused a write, the journal pauses. */
const REST_MS = 30_000;

/** Tracks whether spans are covered, and reports a gap: one line when it begins, one when it ends. */
export class JournalCover {
  readonly #folder: string;
  readonly #log: (line: string) => void;
  #restsUntilMs = 0;
  #isBroken = false;
  #isFull = false;
  /** Spans with links that were not written. */
  uncovered = 0;

  constructor(folder: string, log: (line: string) => void) {
    this.#folder = folder;
    this.#log = log;
  }

  get rests(): boolean {
    return this.#isBroken && performance.now() < this.#restsUntilMs;
  }

  full(maxBytes: number): void {
    this.uncovered++;
    if (!this.#isFull) {
      this.#log(
        `the journal of spans with links is full (${maxBytes} bytes in ${this.#folder}): ` +
          'a kill loses those that start before the backend has taken others',
      );
    }
    this.#isFull = true;
  }

  /**
   * Only errors of the file system say something about the journal. A span may be impossible to encode, or to redact.
   */
  failed(error: unknown): void {
    if (!(error instanceof Error && 'code' in error)) return;
    this.#restsUntilMs = performance.now() + REST_MS;
    if (!this.#isBroken) {
      this.#log(
        `the journal of spans with links cannot be written (${error.message}): a kill loses those that are running. ` +
          'SPAN_LINKS_JOURNAL names another folder, or turns it off',
      );
    }
    this.#isBroken = true;
  }

  written(): void {
    this.#isFull = false;
    if (!this.#isBroken) return;
    this.#isBroken = false;
    this.#log(`the journal of spans with links can be written again (${this.#folder})`);
  }
}
