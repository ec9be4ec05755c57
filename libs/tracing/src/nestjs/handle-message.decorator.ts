import { handleMessage, type HandleMessageOptions, type Message } from '../consumer.ts';
import { quietly } from './call-span.ts';
import type { Method } from './traced-call.ts';
import { inPlaceOf } from './traced-method.ts';
import { currentTracer } from './tracer.ts';

/** What {@link HandlesMessage} returns: a decorator of methods whose first arguments are these. */
export type MessageHandlerDecorator<Args extends unknown[]> = <More extends unknown[], R>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<(...args: [...Args, ...More]) => R>,
) => void;

/**
 * Runs a method as the handler of a message, see {@link handleMessage}: in a trace of its own, with a link to the producer.
 *
 * ```ts
 * @HandlesMessage((order: OrderMessage) => ({ carrier: order.headers, destination: 'orders', id: order.id }))
 * async onOrder(order: OrderMessage): Promise<void> {}
 * ```
 *
 * @param messageOf takes the message from the arguments of a call. If it throws, the method is called all the same, in a span
 *   without a link that is named after the method.
 */
export function HandlesMessage<Args extends unknown[]>(
  messageOf: (...args: Args) => Message,
  options: HandleMessageOptions = {},
): MessageHandlerDecorator<Args> {
  return (_target, key, descriptor) => {
    if (typeof descriptor.value !== 'function') return;
    const original = descriptor.value as Method;
    const unreadable: Message = { carrier: undefined, destination: String(key) };
    descriptor.value = inPlaceOf(original, function handling(this: unknown, ...args) {
      const message = quietly(() => messageOf(...(args as Args))) ?? unreadable;
      return handleMessage(currentTracer(), message, () => original.apply(this, args), options);
    }) as typeof descriptor.value;
  };
}
