const MINUTE_MS = 60_000;

/**
 * Writes one log line a minute for an event that may happen thousands of times, with the number of
 * events since the last line.
 */
export class OnceAMinute {
  readonly #write: (line: string) => void;
  readonly #now: () => number;
  #writtenAt = -Infinity;
  #count = 0;

  constructor(write: (line: string) => void, now: () => number = Date.now) {
    this.#write = write;
    this.#now = now;
  }

  /** @param line makes the text from the number of times */
  note(line: (count: number) => string): void {
    this.#count++;
    const now = this.#now();
    if (now - this.#writtenAt < MINUTE_MS) return;
    this.#write(line(this.#count));
    this.#writtenAt = now;
    this.#count = 0;
  }
}
