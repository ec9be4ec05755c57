import { PaymentRefusedError } from './permanent-failure.ts';

/** A request to a payment provider. */
export interface PaymentRequest {
  /** The same for all attempts at one payment, because the provider books a key once. */
  readonly key: string;
  readonly amountCents: number;
}

/** The provider did not answer in time. It may have booked the payment or not. */
export class PaymentTimeoutError extends Error {
  override readonly name = 'PaymentTimeoutError';
}

/** Amounts that end in these cents are not paid. */
export const REFUSED_CENTS = 13;
/** For amounts that end in these, the first request of a key goes unanswered. */
export const UNANSWERED_ONCE_CENTS = 17;
/** For amounts that end in these, none is ever answered. */
export const NEVER_ANSWERED_CENTS = 19;

// Limits the memory for unanswered keys. A forgotten key stays unanswered once more.
const KEYS_MAX = 10_000;

/**
 * Stands in for a payment provider; nothing is paid. It books every payment, except for amounts that fail on purpose, like
 * the test cards of real providers. They make retries and compensations visible.
 */
export class PaymentProvider {
  private readonly unanswered = new Set<string>();

  /** @throws PaymentRefusedError, PaymentTimeoutError */
  async authorize({ key, amountCents }: PaymentRequest): Promise<void> {
    switch (amountCents % 100) {
      case REFUSED_CENTS:
        throw new PaymentRefusedError('the payment provider refused the payment');
      case NEVER_ANSWERED_CENTS:
        throw new PaymentTimeoutError('the payment provider did not answer');
      case UNANSWERED_ONCE_CENTS:
        if (this.isFirst(key)) throw new PaymentTimeoutError('the payment provider did not answer');
        return;
      default:
    }
  }

  private isFirst(key: string): boolean {
    if (this.unanswered.delete(key)) return false;
    if (this.unanswered.size >= KEYS_MAX) this.unanswered.clear();
    this.unanswered.add(key);
    return true;
  }
}
