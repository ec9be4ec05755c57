import type { EntityManager } from 'typeorm';

/** The brokers that can carry messages. */
export const TRANSPORTS = ['pg-boss', 'kafka', 'nats'] as const;

export type TransportName = (typeof TRANSPORTS)[number];

/** A message on its way from the outbox to the broker. */
export interface OutgoingMessage {
  /** A UUID. A message that is sent twice keeps its id, so consumers can recognize it. */
  readonly id: string;
  /** Messages with the same key keep their order if the broker supports it (Kafka). */
  readonly key: string | null;
  /** Any JSON value. */
  readonly body: unknown;
  /** The trace context of the `send` span and the headers of the application. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sentAt: Date;
}

/** A message as the broker delivers it. */
export interface DeliveredMessage {
  /** The id that was sent. For a message without one, a name that the broker gives it (Kafka: topic, partition and offset). */
  readonly id: string;
  readonly key: string | null;
  readonly body: unknown;
  /** Says why the body could not be parsed. `body` then holds the plain text. */
  readonly unreadable?: string;
  /** Values are text, names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly sentAt: Date | undefined;
  /** Attributes for the span or link of the message, for example `messaging.kafka.offset`. */
  readonly attributes?: Readonly<Record<string, string | number>>;
}

/** `done` removes the message. Otherwise the broker delivers it again after the pause or a little later. */
export type Settlement = 'done' | { readonly retryAfterMs: number };

/** Returns the settlements in the order of the messages. Never rejects. */
export type Deliver = (messages: readonly DeliveredMessage[]) => Promise<readonly Settlement[]>;

export interface Subscription {
  readonly destination: string;
  /** Each group gets every message. The consumers of one group share the messages. */
  readonly group: string;
  /** The maximum of messages in one delivery. */
  readonly maxMessages: number;
}

/** The destinations, each with the groups that consume it. */
export type Destinations = Readonly<Record<string, readonly string[]>>;

/** Options that every transport needs. */
export interface TransportOptions {
  readonly destinations: Destinations;
  /** After this time, in ms, a message of a consumer that vanished is delivered to another consumer. */
  readonly redeliverAfterMs: number;
  /** The pauses between attempts, for brokers that keep them themselves. */
  readonly backoff: Backoff;
  /** Receives one sentence about each problem that the transport handles itself. */
  readonly onTrouble: (sentence: string) => void;
}

/** Pauses double from `firstMs` to `mostMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * A broker. Delivers each message to each group at least once. It knows nothing about attempts, dead letters and spans, because
 * they are the same for every broker.
 */
export interface Transport {
  /** The value of `messaging.system`. */
  readonly system: TransportName;
  /**
   * Connects and makes sure that the destinations exist. You can call it again after a failure.
   *
   * @throws {TransportError} with a message of one sentence.
   */
  start(): Promise<void>;
  /**
   * Sends all messages. If it rejects, the broker may still have received some of them.
   *
   * @param manager the transaction that removes the messages from the outbox. A broker on the same Postgres joins it, so a message
   *   moves exactly once.
   * @throws {TransportError}
   */
  publish(destination: string, messages: readonly OutgoingMessage[], manager: EntityManager): Promise<void>;
  /** Delivers messages until `stop`. @throws {TransportError} */
  subscribe(subscription: Subscription, deliver: Deliver): Promise<void>;
  /** Resolves if the broker answers. @throws {TransportError} */
  check(): Promise<void>;
  /** Accepts no more messages, waits for the running deliveries and disconnects. */
  stop(): Promise<void>;
}

/** The broker cannot be used now. The message tells the operator in one sentence what happened and what to do. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
}

/** The destination for messages that failed for good. */
export function deadLetterDestination(destination: string): string {
  return `${destination}.dead`;
}

/** The group that gets dead letters if the application names no other group. */
export const DEAD_LETTER_GROUP = 'dead-letters';

/** Adds the dead letter destinations. */
export function withDeadLetters(destinations: Destinations): Destinations {
  const dead = Object.keys(destinations)
    .filter((name) => !name.endsWith('.dead'))
    .map((name) => [deadLetterDestination(name), [DEAD_LETTER_GROUP]] as const);
  return { ...Object.fromEntries(dead), ...destinations };
}

/** Returns the pause after an attempt. The first attempt is 1. */
export function pauseAfter(attempt: number, { firstMs, mostMs }: Backoff): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(attempt - 1, 30));
}
