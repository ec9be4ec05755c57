import { isDatabaseUnavailable } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';

// A restarting Postgres is back within seconds; the client's own backoff does the rest.
const RETRY_AFTER_SECONDS = '5';

/** Maps errors of the domain to answers; undefined leaves an error to the shell. */
export function fulfilmentProblem(error: unknown): ProblemException | undefined {
  if (!isDatabaseUnavailable(error)) return undefined;
  return new ProblemException({
    status: 503,
    detail: 'The orders database cannot be reached. This request has changed nothing; try again.',
    headers: { 'retry-after': RETRY_AFTER_SECONDS },
    cause: error,
  });
}
