import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import type { MessageConsumerOptions } from '../message-description.ts';
import { quietly } from './call-span.ts';
import type { Method } from './traced-call.ts';
import { inPlaceOf } from './traced-method.ts';

/** The decorator that {@link HandlesMessage} returns, for methods whose first arguments have these types. */
export type MessageHandlerDecorator<Args extends unknown[]> = <More extends unknown[], R>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: [...Args, ...More]) => R>,
) => void;

/**
 * Runs a method as the handler of a message, see {@link MessageConsumer.one}: in its own trace, with a link to the
 * producer.
 *
 * ```ts
 * @HandlesMessage<OrderMessage>({ system: 'nats', destination: 'orders', headers: (order) => order.headers })
 * async onOrder(order: OrderMessage): Promise<void> {}
 * ```
 *
 * @param consumer a consumer or its description.
 */
export function HandlesMessage<M>(
  consumer: MessageConsumer<M> | MessageConsumerOptions<M>,
): MessageHandlerDecorator<[M]>;
/**
 * Runs a method as the handler of a message that is not its first argument.
 *
 * @param consumer a consumer or its description.
 * @param messageOf takes the message from the arguments of a call. If it throws, the method still runs, in a span
 *   without a link.
 */
export function HandlesMessage<M, Args extends unknown[]>(
  consumer: MessageConsumer<M> | MessageConsumerOptions<M>,
  messageOf: (...args: Args) => M,
): MessageHandlerDecorator<Args>;
export function HandlesMessage<M>(
  consumer: MessageConsumer<M> | MessageConsumerOptions<M>,
  messageOf: (...args: never[]) => M = (message: M) => message,
): MessageHandlerDecorator<never[]> {
  const messages = 'one' in consumer ? consumer : messageConsumer(consumer);
  return (_target, _key, descriptor) => {
    if (typeof descriptor.value !== 'function') return;
    const original = descriptor.value as Method;
    descriptor.value = inPlaceOf(original, function handling(this: unknown, ...args) {
      const message = quietly(() => messageOf(...(args as never[])));
      return messages.one(message as M, () => original.apply(this, args));
    }) as typeof descriptor.value;
  };
}
