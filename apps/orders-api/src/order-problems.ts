import {
  IdempotencyKeyReusedError,
  isDatabaseUnavailable,
  OrderNotFitError,
  OrderNotFoundError,
  OutcomeUnknownError,
} from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import { noSuchOrder } from './order-id.ts';
import { InvalidOrderError } from './order-request.ts';

// A restarting Postgres is back within seconds; the client's own backoff does the rest.
const RETRY_AFTER_SECONDS = '5';

/** Explains the 503 of a writing request in the API documentation. */
export const DATABASE_AWAY =
  'The database is away. With `outcome: unknown`, the request may have taken effect; `detail` says how to repeat it safely.';

/** Maps errors of the domain to answers; undefined leaves an error to the shell. */
export function orderProblem(error: unknown): ProblemException | undefined {
  if (error instanceof InvalidOrderError) {
    return new ProblemException({
      status: 400,
      detail: 'The order is not valid. Fix the fields listed in `errors`.',
      extensions: { errors: error.errors },
    });
  }
  if (error instanceof IdempotencyKeyReusedError) {
    return new ProblemException({ status: 422, detail: `${error.message}.` });
  }
  if (error instanceof OrderNotFoundError) return noSuchOrder();
  if (error instanceof OrderNotFitError) {
    return new ProblemException({ status: 409, detail: `${error.message}.` });
  }
  if (error instanceof OutcomeUnknownError) return unknownOutcome(error);
  if (isDatabaseUnavailable(error)) {
    return new ProblemException({
      status: 503,
      detail: 'The orders database cannot be reached. This request has changed nothing; try again.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  return undefined;
}

/** Retry-After only if a second request has no second effect, because clients obey it without reading the text. */
function unknownOutcome(error: OutcomeUnknownError): ProblemException {
  const { howToRepeat, isSafeToRepeat } = error.advice;
  return new ProblemException({
    status: 503,
    detail: `The connection to the orders database broke before it answered. It is unknown whether this request took effect. ${howToRepeat}`,
    extensions: { outcome: 'unknown' },
    headers: isSafeToRepeat ? { 'retry-after': RETRY_AFTER_SECONDS } : {},
    cause: error,
  });
}
