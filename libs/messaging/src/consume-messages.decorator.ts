import { SetMetadata } from '@nestjs/common';
import type { EntityManager } from 'typeorm';

/** A message as its handler receives it. */
export interface Message<T = unknown> {
  /** Stays the same for every attempt and for every broker. */
  readonly id: string;
  readonly destination: string;
  readonly key: string | null;
  readonly body: T;
  /** Undefined if another program sent the message without a time. */
  readonly sentAt: Date | undefined;
  /** Tells why the message is a dead letter. Set only for messages of a dead letter destination. */
  readonly deadLetter?: DeadLetter;
}

/** Why a message is a dead letter. */
export interface DeadLetter {
  /** The group whose handler failed. */
  readonly group: string;
  readonly attempts: number;
  readonly error: string;
  /** The id of the original message. The dead letter has another id. */
  readonly messageId: string;
}

/** The context that a handler works in. */
export interface Delivery {
  /**
   * The transaction of this attempt. Anything written with it takes effect exactly once, because the same commit marks the message
   * as done. Messages published with it leave in the same commit.
   */
  readonly manager: EntityManager;
  /** Starts at 1. */
  readonly attempt: number;
}

/** A handler of messages. A rejection means that the attempt failed. */
export type MessageHandler<T = unknown> = (message: Message<T>, delivery: Delivery) => Promise<void> | void;

export interface ConsumeOptions {
  /** Each group gets every message. Processes with the same group share the messages. */
  readonly group: string;
  /**
   * The maximum of messages in one transaction and one span, which links to all of their producers. The handler is still called
   * for each message, one after the other. Without `batch`, every message has its own transaction and span.
   */
  readonly batch?: number;
  /** The number of messages handled at the same time, without `batch`. 1 by default. */
  readonly concurrency?: number;
  /** Attempts before a message goes to `<destination>.dead`. 5 by default. */
  readonly maxAttempts?: number;
  /** `producer` also makes the span a child of the producer's span. Not for batches. */
  readonly parent?: 'none' | 'producer';
}

/** A consumer, described by its decorator. */
export interface ConsumerDescription extends ConsumeOptions {
  readonly destination: string;
}

export const CONSUME_MESSAGES = Symbol('consume-messages');

/**
 * Makes a method of a provider handle the messages of a destination:
 *
 * ```ts
 * @ConsumeMessages('orders', { group: 'shipping' })
 * async ship(message: Message<PlacedOrder>, { manager }: Delivery) { … }
 *
 * @ConsumeMessages('orders', { group: 'invoicing', batch: 50 })
 * async invoice(message: Message<PlacedOrder>, { manager }: Delivery) { … }
 * ```
 */
export function ConsumeMessages(destination: string, options: ConsumeOptions): MethodDecorator {
  return SetMetadata(CONSUME_MESSAGES, { destination, ...options } satisfies ConsumerDescription);
}

/** Throw this in a handler if another attempt cannot help. The message becomes a dead letter at once. */
export class PoisonMessageError extends Error {
  override readonly name = 'PoisonMessageError';
}
