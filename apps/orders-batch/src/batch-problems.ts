import { isDatabaseUnavailable } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';

// A restarting Postgres is back within seconds; the client's own backoff does the rest.
const RETRY_AFTER_SECONDS = '5';

/** How the domain's errors are answered; undefined leaves an error to the shell. */
export function batchProblem(error: unknown): ProblemException | undefined {
  if (!isDatabaseUnavailable(error)) return undefined;
  return new ProblemException({
    status: 503,
    detail: 'The orders database cannot be reached. Try again.',
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    cause: error,
  });
}
