import { DEFAULT_CONCURRENCY } from '@span-links/tracing';

/** How a process works on operations. */
export interface FanOutSettings {
  /** Operations that run at once in this process. */
  readonly concurrency: number;
  /** How long a claim holds; then another worker may take the operation over. */
  readonly leaseMs: number;
  /** How often to look for what other processes, or pauses between attempts, have made due. */
  readonly pollMs: number;
  /** Attempts before an operation has failed for good. What undoes one is tried for ever. */
  readonly maxAttempts: number;
  /** Pause after the first failed attempt; it doubles with each. */
  readonly retryMs: number;
  /** Pieces of a SKU that there are when it is first seen. */
  readonly stockPerSku: number;
}

export const FAN_OUT_DEFAULTS: FanOutSettings = Object.freeze({
  concurrency: DEFAULT_CONCURRENCY,
  leaseMs: 60_000,
  pollMs: 1_000,
  maxAttempts: 5,
  retryMs: 500,
  stockPerSku: 100_000,
});
