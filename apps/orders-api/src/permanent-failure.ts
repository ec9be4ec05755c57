import { OutOfStockError } from '@span-links/orders-data';

/** Another attempt would fail the same way. */
export class PermanentFailure extends Error {
  override readonly name: string = 'PermanentFailure';
}

/** The row does not hold an order that can be worked on. */
export class UnreadableOrderError extends PermanentFailure {
  override readonly name = 'UnreadableOrderError';
}

/** The provider will not pay, whoever asks. */
export class PaymentRefusedError extends PermanentFailure {
  override readonly name = 'PaymentRefusedError';
}

/** Every attempt there was has failed or died. */
export class AttemptsExhaustedError extends PermanentFailure {
  override readonly name = 'AttemptsExhaustedError';
}

export function isPermanent(error: unknown): boolean {
  return error instanceof PermanentFailure || error instanceof OutOfStockError;
}
