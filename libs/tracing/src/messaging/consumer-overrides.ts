import type { MessageConsumerOptions } from '../message-description.ts';

/**
 * The parts of an adapter's consumer that a user may override: how to read its messages, and where to place their
 * spans.
 */
export type ConsumerOverrides<M> = Partial<
  Omit<MessageConsumerOptions<M>, 'system' | 'destination' | 'headers'>
>;
