/** Overload may come and go with every batch. More than one pair of lines a minute would add no information. */
const MIN_MS_BETWEEN_OVERLOAD_LINES = 60_000;

/**
 * Reports once when spans are being lost and once when they no longer are. A dead backend fails several exports a
 * second, and a line for each would bury the application's own log.
 */
export class ExportHealth {
  readonly #destination: string;
  readonly #log: (line: string) => void;
  #failing = false;
  #overloaded = false;
  #lost = 0;
  #mutedUntil = 0;

  constructor(destination: string, log: (line: string) => void) {
    this.#destination = destination;
    this.#log = log;
  }

  /** Records that an export failed and lost its spans. */
  exportFailed(spans: number, reason: string): void {
    this.#lost += spans;
    if (this.#failing) return;
    this.#failing = true;
    this.#log(
      `trace backend ${this.#destination} takes no spans (${reason}); those without links are dropped until it does`,
    );
  }

  /** Records that the queue was full and dropped a span. */
  spanDropped(nowMs: number): void {
    this.#lost++;
    if (this.#failing || this.#overloaded || nowMs < this.#mutedUntil) return;
    this.#overloaded = true;
    this.#mutedUntil = nowMs + MIN_MS_BETWEEN_OVERLOAD_LINES;
    this.#log(
      `trace backend ${this.#destination} is slower than the spans come; those without links are dropped first`,
    );
  }

  /** Records that an export succeeded; `caughtUp` if hardly anything waits any more. */
  exportSucceeded(caughtUp: boolean): void {
    if (this.#failing) this.#recovered('takes spans again');
    else if (this.#overloaded && caughtUp) this.#recovered('has caught up');
  }

  /** Records the spans that were not sent when the queue closed. */
  abandoned(spans: number): void {
    if (spans > 0)
      this.#log(`trace backend ${this.#destination} did not take the last ${spans} spans in time`);
  }

  #recovered(how: string): void {
    this.#log(`trace backend ${this.#destination} ${how}; ${this.#lost} spans were dropped`);
    this.#failing = false;
    this.#overloaded = false;
    this.#lost = 0;
  }
}
