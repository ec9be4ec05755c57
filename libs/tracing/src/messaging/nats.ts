import type { Attributes } from '@opentelemetry/api';
import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessage } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A message as NATS delivers it; `info` with JetStream. */
export interface NatsMessage {
  readonly subject: string;
  readonly headers?: NatsHeaders | undefined;
  readonly info?: {
    readonly deliveryCount: number;
    readonly stream: string;
    readonly streamSequence: number;
    readonly timestampNanos: bigint | number;
  };
}

/** The part of the headers of NATS that the adapter uses. */
export interface NatsHeaders {
  get(name: string): string;
  set(name: string, value: string): void;
}

const NANOS_PER_MS = 1_000_000;

/**
 * A consumer of NATS messages, with JetStream or without.
 *
 * @param subject the subject or, for a wildcard subscription, its pattern: subjects with ids must not be in the names
 *   of spans.
 */
export function natsConsumer<M extends NatsMessage = NatsMessage>(
  subject: string,
  overrides: ConsumerOverrides<M> = {},
): MessageConsumer<M> {
  return messageConsumer<M>({
    system: 'nats',
    destination: subject,
    headers: ({ headers }) => headers,
    id: ({ headers, info }) => headers?.get('Nats-Msg-Id') || info?.streamSequence,
    sentAt: ({ info }) => (info ? Number(info.timestampNanos) / NANOS_PER_MS : undefined),
    attempt: ({ info }) => info?.deliveryCount,
    attributes: (message): Attributes =>
      message.subject === subject ? {} : { 'messaging.nats.subject': message.subject },
    ...overrides,
  });
}

/**
 * Publishes a message in a span `send <subject>`, with the trace context in its headers:
 *
 * ```ts
 * await sendToNats('orders', headers(), (headers) => jetstream.publish('orders', payload, { headers }));
 * ```
 *
 * @param headers new headers of `@nats-io/transport-node`, with your own in them; the context is set on them.
 */
export function sendToNats<H extends NatsHeaders, T>(
  subject: string,
  headers: H,
  publish: (headers: H) => T,
): T {
  const id = headers.get('Nats-Msg-Id') || undefined;
  return sendMessage({ system: 'nats', destination: subject, id }, (carrier) => {
    for (const [name, value] of Object.entries(carrier)) headers.set(name, value);
    return publish(headers);
  });
}
