import type { Attributes } from '@opentelemetry/api';
import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessage } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A message as amqplib delivers it. */
export interface AmqpMessage {
  readonly fields: {
    readonly deliveryTag: number;
    readonly redelivered: boolean;
    readonly exchange: string;
    readonly routingKey: string;
  };
  readonly properties: {
    readonly headers?: Record<string, unknown> | undefined;
    readonly messageId?: unknown;
    /** Seconds since the epoch, as in AMQP. */
    readonly timestamp?: unknown;
  };
}

/** The options of `channel.publish` and `channel.sendToQueue` that the adapter sets. */
export interface AmqpPublishOptions {
  readonly headers?: Record<string, unknown> | undefined;
  readonly messageId?: string | undefined;
  readonly timestamp?: number | undefined;
}

// AMQP's timestamp has whole seconds. RabbitMQ's own timestamp interceptor writes this header.
const SENT_AT_HEADER = 'timestamp_in_ms';
const DELIVERY_COUNT_HEADER = 'x-delivery-count';

/** A consumer of the messages of a RabbitMQ queue. */
export function amqpConsumer<M extends AmqpMessage = AmqpMessage>(
  queue: string,
  overrides: ConsumerOverrides<M> = {},
): MessageConsumer<M> {
  return messageConsumer<M>({
    system: 'rabbitmq',
    destination: queue,
    headers: ({ properties }) => properties.headers,
    id: ({ properties }) => properties.messageId as string | undefined,
    sentAt: sentAtOf,
    attempt: attemptOf,
    attributes: ({ fields }): Attributes => ({
      'messaging.rabbitmq.destination.routing_key': fields.routingKey,
      'messaging.rabbitmq.message.delivery_tag': fields.deliveryTag,
    }),
    ...overrides,
  });
}

/**
 * Publishes a message in a span `send <exchange>:<routing key>`, with the trace context in its headers:
 *
 * ```ts
 * sendToAmqp({ routingKey: 'orders' }, { persistent: true }, (options) => channel.sendToQueue('orders', content, options));
 * ```
 *
 * @param publish gets a copy of the options, with the context in the headers and with the time of sending.
 */
export function sendToAmqp<O extends AmqpPublishOptions, T>(
  to: { readonly exchange?: string; readonly routingKey?: string },
  options: O,
  publish: (options: O & { readonly headers: Record<string, unknown> }) => T,
): T {
  const { exchange = '', routingKey = '' } = to;
  const destination = [exchange, routingKey].filter((part) => part !== '').join(':') || 'amq.default';
  const nowMs = Date.now();
  return sendMessage(
    {
      system: 'rabbitmq',
      destination,
      id: options.messageId,
      attributes: routingKey === '' ? {} : { 'messaging.rabbitmq.destination.routing_key': routingKey },
    },
    (carrier) =>
      publish({
        timestamp: Math.floor(nowMs / 1_000),
        ...options,
        headers: { [SENT_AT_HEADER]: nowMs, ...options.headers, ...carrier },
      }),
  );
}

function sentAtOf({ properties }: AmqpMessage): number | undefined {
  const sentAtMs = properties.headers?.[SENT_AT_HEADER];
  if (typeof sentAtMs === 'number') return sentAtMs;
  return typeof properties.timestamp === 'number' ? properties.timestamp * 1_000 : undefined;
}

/**
 * Quorum queues count the deliveries. A classic queue only says that a message was redelivered, so this is at least the
 * second time.
 */
function attemptOf({ fields, properties }: AmqpMessage): number {
  const count = properties.headers?.[DELIVERY_COUNT_HEADER];
  if (typeof count === 'number') return count + 1;
  return fields.redelivered ? 2 : 1;
}
