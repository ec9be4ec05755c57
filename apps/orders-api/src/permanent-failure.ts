import { OutOfStockError } from '@span-links/orders-data';

/** Another attempt would fail the same way. */
export class PermanentFailure extends Error {
  override readonly name: string = 'PermanentFailure';
}

/** The row does not hold a valid order. */
export class UnreadableOrderError extends PermanentFailure {
  override readonly name = 'UnreadableOrderError';
}

/** The provider refuses the payment in every attempt. */
export class PaymentRefusedError extends PermanentFailure {
  override readonly name = 'PaymentRefusedError';
}

/** All attempts failed or died. */
export class AttemptsExhaustedError extends PermanentFailure {
  override readonly name = 'AttemptsExhaustedError';
}

export function isPermanent(error: unknown): boolean {
  return error instanceof PermanentFailure || error instanceof OutOfStockError;
}
