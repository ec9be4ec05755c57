import type { Attributes } from '@opentelemetry/api';
import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessages, type MessageCarrier, type SendManyOptions } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A message as kafkajs and @platformatic/kafka deliver it. */
export interface KafkaMessage {
  readonly key?: unknown;
  readonly value?: unknown;
  readonly headers?: unknown;
  /** ms since the epoch; a text in kafkajs. */
  readonly timestamp?: string | bigint | number | undefined;
  /** A text in kafkajs. */
  readonly offset?: string | bigint | number | undefined;
  readonly topic?: string | undefined;
  readonly partition?: number | undefined;
}

/** A message alone, or the payload of kafkajs' `eachMessage`, which also contains its partition. */
export type KafkaDelivery =
  KafkaMessage | { readonly topic: string; readonly partition: number; readonly message: KafkaMessage };

/**
 * A message with a trace context in its headers, in the format that its client expects. kafkajs takes texts and bytes.
 * @platformatic/kafka, whose messages name their topic, takes texts if it has a serializer for them; otherwise it takes
 * bytes, also for the names.
 */
export type TracedKafkaMessage<M> = Omit<M, 'headers'> & {
  headers: M extends { readonly topic: string; readonly value: Uint8Array }
    ? Map<Buffer, Buffer>
    : Record<
        string,
        M extends { readonly value: infer V } ? (V extends string ? string : Buffer) : Buffer | string
      >;
};

/**
 * A consumer of Kafka messages, with kafkajs or @platformatic/kafka.
 *
 * Kafka counts no deliveries: pass `attempt` and `previousAttempt` from an inbox table if you keep one.
 *
 * @param topic the topic; leave it out for a consumer of several, whose messages name their topic.
 */
export function kafkaConsumer<M extends KafkaDelivery = KafkaDelivery>(
  topic?: string,
  overrides: ConsumerOverrides<M> = {},
): MessageConsumer<M> {
  return messageConsumer<M>({
    system: 'kafka',
    destination: topic ?? ((delivery) => delivery.topic),
    headers: (delivery) => messageOf(delivery).headers,
    sentAt: (delivery) => Number(messageOf(delivery).timestamp),
    attributes: kafkaAttributes,
    ...overrides,
  });
}

/**
 * Sends messages in a span `send <topic>`, with a trace context in the headers of each:
 *
 * ```ts
 * await sendToKafka('orders', [{ key, value }], (messages) => producer.send({ topic: 'orders', messages }));
 * ```
 *
 * @param send gets copies of the messages with the context in their headers; your own headers stay.
 */
export function sendToKafka<M extends KafkaMessage, T>(
  topic: string,
  messages: readonly M[],
  send: (messages: TracedKafkaMessage<M>[]) => T,
  options: Omit<Partial<SendManyOptions<M>>, 'system' | 'destination'> = {},
): T {
  return sendMessages({ ...options, system: 'kafka', destination: topic }, messages, (carriers) =>
    send(messages.map((message, index) => withCarrier(message, carriers[index] ?? {}))),
  );
}

function kafkaAttributes(delivery: KafkaDelivery): Attributes {
  const { key, offset } = messageOf(delivery);
  const attributes: Attributes = {};
  if (delivery.partition !== undefined)
    attributes['messaging.destination.partition.id'] = String(delivery.partition);
  if (offset !== undefined) attributes['messaging.kafka.offset'] = Number(offset);
  if (typeof key === 'string' || key instanceof Uint8Array) {
    attributes['messaging.kafka.message.key'] = typeof key === 'string' ? key : Buffer.from(key).toString();
  }
  return attributes;
}

function messageOf(delivery: KafkaDelivery): KafkaMessage {
  return 'message' in delivery ? delivery.message : delivery;
}

function withCarrier<M extends KafkaMessage>(message: M, carrier: MessageCarrier): TracedKafkaMessage<M> {
  const { headers, topic, value } = message;
  const isBytes = (value ?? message.key) instanceof Uint8Array;
  const given: Iterable<[unknown, unknown]> =
    headers instanceof Map ? (headers as Map<unknown, unknown>) : Object.entries(headers ?? {});
  const entries = [...given];
  const asMap = headers instanceof Map || (isBytes && topic !== undefined);
  for (const [name, text] of Object.entries(carrier)) {
    entries.push([isBytes && asMap ? Buffer.from(name) : name, isBytes ? Buffer.from(text) : text]);
  }
  const traced: unknown = {
    ...message,
    headers: asMap ? new Map(entries) : Object.fromEntries(entries as [string, unknown][]),
  };
  return traced as TracedKafkaMessage<M>;
}
