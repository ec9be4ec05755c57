import {
  IdempotencyKeyReusedError,
  isDatabaseUnavailable,
  OrderNotFitError,
  OrderNotFoundError,
} from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import { noSuchOrder } from './order-id.ts';
import { InvalidOrderError } from './order-request.ts';

// A restarting Postgres is back within seconds; the client's own backoff does the rest.
const RETRY_AFTER_SECONDS = '5';

/** How the domain's errors are answered; undefined leaves an error to the shell. */
export function orderProblem(error: unknown): ProblemException | undefined {
  if (error instanceof InvalidOrderError) {
    return new ProblemException({
      status: 400,
      detail: 'The order is not valid. Mend the fields named in errors.',
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
  if (isDatabaseUnavailable(error)) {
    return new ProblemException({
      status: 503,
      detail: 'The orders database cannot be reached. Nothing was written; try again.',
      headers: { 'retry-after': RETRY_AFTER_SECONDS },
      cause: error,
    });
  }
  return undefined;
}
