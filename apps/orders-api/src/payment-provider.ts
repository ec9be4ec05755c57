import { PaymentRefusedError } from './permanent-failure.ts';

/** What a payment provider is asked. */
export interface PaymentRequest {
  /** The same for every attempt at one payment: the provider books a key once. */
  readonly key: string;
  readonly amountCents: number;
}

/** The provider did not answer in time; it may have booked the payment or not. */
export class PaymentTimeoutError extends Error {
  override readonly name = 'PaymentTimeoutError';
}

/** Amounts that end in these cents are not paid. */
export const REFUSED_CENTS = 13;
/** For amounts that end in these, the first request of a key goes unanswered. */
export const UNANSWERED_ONCE_CENTS = 17;
/** For amounts that end in these, none is ever answered. */
export const NEVER_ANSWERED_CENTS = 19;

// Bounds the memory of keys that went unanswered. A forgotten one goes unanswered once more.
const KEYS_MAX = 10_000;

/**
 * A stand-in for a payment provider: there is none, and nothing is paid. It books whatever it is asked to, but for amounts
 * that fail on purpose, as the test cards of real providers do, so that retries and compensations can be seen.
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
