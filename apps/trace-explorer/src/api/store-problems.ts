import { ProblemException } from '@span-links/service-shell';
import { InvalidCursorError, isDatabaseAway } from '@span-links/trace-store';

const RETRY_AFTER_SECONDS = '2';
/** SQLSTATE query_canceled: the error of a statement timeout. */
const CANCELLED = '57014';

/** The answer to an error of the store. Undefined leaves the error to the shell. */
export function storeProblem(error: unknown): ProblemException | undefined {
  if (error instanceof InvalidCursorError) {
    return new ProblemException({ status: 400, detail: `The parameters are not valid: ${error.message}.` });
  }
  if (error instanceof Error && 'code' in error && error.code === CANCELLED) {
    return new ProblemException({
      status: 504,
      detail:
        'The query took too long and was ended. Ask for less: a shorter time range, a more selective term.',
      cause: error,
    });
  }
  if (isDatabaseAway(error)) {
    return new ProblemException({
      status: 503,
      detail: 'The database of the trace explorer cannot be reached; try again.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  return undefined;
}
