/** The kind of error, for code. The message explains it to people. */
export type EmbeddedPostgresFailure =
  | 'unsupported-platform'
  | 'binaries-missing'
  | 'binaries-unusable'
  | 'no-server-user'
  | 'data-dir'
  | 'data-version'
  | 'password-missing'
  | 'init-failed'
  | 'start-failed'
  | 'disk-full'
  | 'data-unusable'
  | 'database-name'
  | 'moved'
  | 'stopped'
  | 'guardian';

/** The only error of this library. Its message is one sentence that tells a person what to do. */
export class EmbeddedPostgresError extends Error {
  override readonly name = 'EmbeddedPostgresError';

  constructor(
    readonly failure: EmbeddedPostgresFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The `code` of a system or Postgres error, such as `ENOENT` or `42P04`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
