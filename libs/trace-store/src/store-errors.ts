/**
 * More is waiting to be written than the store accepts. Nothing of the request was stored, so it
 * may be sent again.
 */
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
 * The database is not available now. The request may be correct and may be sent again. If the
 * connection broke during the commit, its spans may be stored all the same. When they are sent
 * again, they count as duplicates.
 */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
  /** When to try again, in seconds: for `Retry-After`. */
  readonly retryAfterSeconds = 2;
}

/**
 * A newer version of the explorer has migrated the schema. This version cannot know the effect of
 * its statements there.
 */
export class SchemaTooNewError extends Error {
  override readonly name = 'SchemaTooNewError';
}
