/** More is waiting to be written than the store takes on. Nothing of the request was stored; it may be sent again. */
export class StoreOverloadedError extends Error {
  override readonly name = 'StoreOverloadedError';

  constructor(
    message: string,
    /** When to try again, in seconds, at least 1: for `Retry-After`. */
    readonly retryAfterSeconds: number,
  ) {
    super(message);
  }
}

/**
 * The database cannot be asked right now. Nothing is known to be wrong with the request; it may be sent again. Where the connection
 * broke during the commit, its spans may be stored all the same: sent again, they count as duplicates.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** When to try again, in seconds: for `Retry-After`. */
  readonly retryAfterSeconds = 2;
}
