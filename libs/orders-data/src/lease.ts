import { context, ROOT_CONTEXT } from '@opentelemetry/api';

/** Another worker has taken the work over. The current write is rolled back, and the other worker does the rest. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

/** Work that a worker holds for a limited time. */
export interface Lease {
  /** The duration of each renewal, in ms. */
  readonly leaseMs: number;
  /** Extends it by `leaseMs` from now. @returns false if another worker holds the work, or it is done. */
  readonly renew: () => Promise<boolean>;
}

// Two renewals may fail before the lease expires.
const RENEWALS_PER_LEASE = 3;

/**
 * Renews a lease while `work` runs, so that no other worker takes it over from a live but slow one. A dead worker renews
 * nothing, so its work is due after one lease at the latest.
 *
 * @param work gets a signal that aborts with a `LeaseLostError` once a renewal finds the lease lost.
 */
export async function holdingLease<T>(
  { leaseMs, renew }: Lease,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  let renewal: Promise<void> = Promise.resolve();
  // Outside of any span, because renewals do not belong in the trace of the work.
  const timer = context.with(ROOT_CONTEXT, () =>
    setInterval(() => {
      renewal = renew().then(
        (isHeld) => {
          if (isHeld) return;
          clearInterval(timer);
          lost.abort(new LeaseLostError('the lease ran out, and the work is no longer held'));
        },
        // The database is away, so other workers cannot claim either. The next renewal tells who holds the work.
        () => undefined,
      );
    }, leaseMs / RENEWALS_PER_LEASE),
  );
  try {
    return await work(lost.signal);
  } finally {
    clearInterval(timer);
    await renewal;
  }
}
