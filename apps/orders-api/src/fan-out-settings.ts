/** The settings for the work on operations. */
export interface FanOutSettings {
  /** Operations that run at once in this process. */
  readonly concurrency: number;
  /** The duration of a claim. After it, another worker may take the operation over. */
  readonly leaseMs: number;
  /** The interval of the poll for operations that other processes started, or whose pause is over. */
  readonly pollMs: number;
  /** Attempts before an operation has failed for good. Compensations have no limit. */
  readonly maxAttempts: number;
  /** Pause after the first failed attempt; it doubles with each. */
  readonly retryMs: number;
  /** The initial stock of a new SKU, in pieces. */
  readonly stockPerSku: number;
}

export const FAN_OUT_DEFAULTS: FanOutSettings = Object.freeze({
  // Enough to overlap the waiting, and fewer than the ten connections of the pool, so that requests get connections too.
  concurrency: 8,
  leaseMs: 60_000,
  pollMs: 1_000,
  maxAttempts: 5,
  retryMs: 500,
  stockPerSku: 100_000,
});
