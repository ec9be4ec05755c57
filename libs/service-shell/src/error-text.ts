/**
 * Describes any thrown value for a log line or an answer: its message, otherwise its name.
 *
 * A refused connection to a name with two addresses is an AggregateError with an empty message; the first of its errors says why.
 */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return errorText(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
}
