/**
 * Limits a rate: over any `t` seconds at most `ratePerSecond * t` tokens, plus one burst of a second's worth (at least
 * one token).
 *
 * The burst is intended. Evenly spaced tokens would refuse all but the first of the batches that start together at one
 * tick of the clock.
 */
export class TokenBucket {
  readonly ratePerSecond: number;
  readonly #capacity: number;
  readonly #nowMs: () => number;
  #tokens: number;
  #filledAtMs: number | undefined;

  /**
   * @param ratePerSecond 0 refuses everything, `Infinity` nothing. Negative or not a number: 0.
   * @param nowMs a clock in milliseconds from any origin. One that steps back only delays the refill.
   */
  constructor(ratePerSecond: number, nowMs: () => number) {
    this.ratePerSecond = ratePerSecond > 0 ? ratePerSecond : 0;
    this.#capacity = this.ratePerSecond === 0 ? 0 : Math.max(1, this.ratePerSecond);
    this.#tokens = this.#capacity;
    this.#nowMs = nowMs;
  }

  /** Takes a token. @returns false if there is none. */
  take(): boolean {
    if (this.ratePerSecond === Infinity) return true;
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const nowMs = this.#nowMs();
    const elapsedMs = nowMs - (this.#filledAtMs ?? nowMs);
    this.#filledAtMs = nowMs;
    // Also skips NaN, which would otherwise stay in the bucket for ever.
    if (elapsedMs > 0) {
      this.#tokens = Math.min(this.#capacity, this.#tokens + (elapsedMs / 1000) * this.ratePerSecond);
    }
  }
}
