import type { Span } from '@opentelemetry/api';
import type { FanIn } from './fan-in.ts';
import {
  handleEach,
  settleEach,
  startMessageBatch,
  type EachMessageOptions,
  type MessageBatchOptions,
} from './message-batch.ts';
import { handleOne } from './message-single.ts';
import type { MessageConsumerOptions, OneMessageOptions } from './message-description.ts';

/** Handles the messages of a queue in spans that link to their producers. */
export interface MessageConsumer<M> {
  /**
   * Handles one message in a span `process <destination>` of kind CONSUMER. The span is active during the work and ends
   * with it.
   *
   * The span links to the producer's (relation `origin`) and to the previous delivery, if it is given one. A carrier
   * that names no span costs the link, and `spanlinks.missing_reason` says why.
   *
   * @returns the result of `work`. @throws the error of `work`, after recording it on the span.
   */
  one<T>(message: M, work: (message: M, span: Span) => T, options?: OneMessageOptions): T;
  /**
   * Handles each message of a batch, in one span `process <destination>` with a link per message, and as many
   * continuations as the links need. Each handler runs in the context of the span with its message's link or, with
   * `each`, in a span of its own below it.
   *
   * An error fails the batch, as in a loop: no further handler starts. See {@link MessageConsumer.batchSettled}.
   *
   * @returns the results in the order of the messages. An empty batch makes no span.
   * @throws the first error of a handler, once the running handlers have ended.
   */
  batch<T>(
    messages: readonly M[],
    work: (message: M, span: Span) => T | PromiseLike<T>,
    options?: MessageBatchOptions & EachMessageOptions,
  ): Promise<T[]>;
  /** Like {@link MessageConsumer.batch}, but handles every message and reports which ones failed. */
  batchSettled<T>(
    messages: readonly M[],
    work: (message: M, span: Span) => T | PromiseLike<T>,
    options?: MessageBatchOptions & EachMessageOptions,
  ): Promise<PromiseSettledResult<T>[]>;
  /**
   * Starts the span of a batch whose messages are not handled one by one, for example with one query for all. End it,
   * or run the work in `inFanIn`.
   *
   * @returns `undefined` without messages.
   */
  startBatch(messages: readonly M[], options?: MessageBatchOptions): FanIn | undefined;
}

/**
 * Describes a consumer once, for single messages and for batches:
 *
 * ```ts
 * const orders = messageConsumer<Message>({
 *   system: 'kafka',
 *   destination: 'orders',
 *   headers: (message) => message.headers,
 *   id: (message) => message.key,
 *   sentAt: (message) => Number(message.timestamp),
 * });
 * await orders.one(message, () => ship(message.value));
 * await orders.batch(messages, (message) => invoice(message.value));
 * ```
 *
 * @see https://github.com/open-telemetry/semantic-conventions/blob/v1.44.0/docs/messaging/messaging-spans.md
 */
export function messageConsumer<M>(options: MessageConsumerOptions<M>): MessageConsumer<M> {
  return {
    one: (message, work, one = {}) => handleOne(message, work, options, one),
    batch: (messages, work, batch = {}) => handleEach(messages, work, options, batch),
    batchSettled: (messages, work, batch = {}) => settleEach(messages, work, options, batch),
    startBatch: (messages, batch = {}) => startMessageBatch(messages, options, batch),
  };
}
