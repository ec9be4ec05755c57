import type { Attributes, TimeInput, Tracer } from '@opentelemetry/api';
import type { AttemptOutcome, PreviousAttempt } from './attempt.ts';
import { ATTR_WAIT_MS } from './attributes.ts';
import { ATTR_MESSAGE_ID } from './messaging-attributes.ts';

/** How to read the messages of a consumer. If a function throws, only its information is lost, never the message. */
export interface MessageDescription<M> {
  /** `messaging.system`, for example `kafka`, `rabbitmq`, `nats`, `aws_sqs`, `pg-boss`, `bullmq`. */
  readonly system: string;
  /**
   * The queue, topic or subject. It is part of the span's name, so it must contain no ids. Use a function for a
   * consumer of several.
   */
  readonly destination: string | ((message: M) => string | undefined);
  /** The headers or another place that holds the sender's trace context, in any shape; see `parseCarrier`. */
  readonly headers: (message: M) => unknown;
  /** `messaging.message.id`. */
  readonly id?: ((message: M) => string | number | bigint | null | undefined) | undefined;
  /** When the message was sent, as a date or ms since the epoch. Gives the waiting time. */
  readonly sentAt?: ((message: M) => Date | number | null | undefined) | undefined;
  /** The number of the delivery, from 1. */
  readonly attempt?: ((message: M) => number | null | undefined) | undefined;
  /** The previous attempt, for a message that is redelivered: its carrier, or an {@link EarlierDelivery}. */
  readonly previousAttempt?: ((message: M) => unknown) | undefined;
  /** Other attributes, for example `messaging.kafka.offset`. */
  readonly attributes?: ((message: M) => Attributes | undefined) | undefined;
}

/** The previous delivery: the carrier of its span, and how it ended. */
export interface EarlierDelivery {
  readonly carrier: unknown;
  /** `unfinished` if it started and reported nothing more; see {@link PreviousAttempt}. */
  readonly outcome?: AttemptOutcome | undefined;
}

/** Data about a delivery that is not in its message, for example from an inbox table. */
export interface DeliveryFacts {
  readonly attempt?: number | null | undefined;
  readonly previousAttempt?: unknown;
}

/** A consumer: the source of its messages, how to read them, and where to place their spans. */
export interface MessageConsumerOptions<M> extends MessageDescription<M> {
  /**
   * For single messages. `none` by default: each message has its own trace. With `producer` the span is a child of the
   * producer's span, so one trace contains both; use this if a message has one handler that runs soon. The link exists
   * in both cases.
   */
  readonly parent?: 'none' | 'producer' | undefined;
  /**
   * For a single message inside the CONSUMER span of an instrumentation. `adopt` by default: that span gets the link
   * and the attributes, and no other span is made. With `link`, and inside any other span, a new span links to the
   * active one.
   */
  readonly ambient?: 'adopt' | 'link' | undefined;
  /** This library's tracer by default. */
  readonly tracer?: Tracer | undefined;
}

/** Options for handling one message. */
export interface OneMessageOptions extends DeliveryFacts {
  readonly attributes?: Attributes | undefined;
  /** When the message was fetched. Now by default. */
  readonly startTime?: TimeInput | undefined;
  readonly parent?: 'none' | 'producer' | undefined;
}

/** The message's own data. */
export interface ReceivedMessage {
  readonly destination: string | undefined;
  /** The sender's trace context, unread. */
  readonly carrier: unknown;
  readonly id: string | undefined;
  readonly waitMs: number | undefined;
  readonly attempt: number | undefined;
  /** The previous delivery, if there was one. */
  readonly previous: PreviousAttempt | undefined;
  readonly attributes: Attributes | undefined;
}

export function readMessage<M>(
  message: M,
  description: MessageDescription<M>,
  nowMs: number,
  facts?: DeliveryFacts,
): ReceivedMessage {
  const { destination } = description;
  const id = read(description.id, message);
  const sentAtMs = timeOf(read(description.sentAt, message));
  const attempt = attemptOf(facts?.attempt ?? read(description.attempt, message));
  return {
    destination: typeof destination === 'function' ? read(destination, message) : destination,
    carrier: read(description.headers, message),
    id: id === undefined || id === null ? undefined : String(id),
    // A message that another clock sent in the future has waited for no time.
    waitMs: sentAtMs === undefined ? undefined : Math.max(0, Math.round(nowMs - sentAtMs)),
    attempt,
    previous:
      attempt === undefined || attempt === 1
        ? undefined
        : previousOf(facts?.previousAttempt ?? read(description.previousAttempt, message), attempt - 1),
    attributes: objectOf(read(description.attributes, message)),
  };
}

/** The attributes that distinguish one message from the others of its queue. */
export function ownAttributes({ id, waitMs }: ReceivedMessage): Attributes {
  const attributes: Attributes = {};
  if (id !== undefined) attributes[ATTR_MESSAGE_ID] = id;
  if (waitMs !== undefined) attributes[ATTR_WAIT_MS] = waitMs;
  return attributes;
}

/**
 * Adds the attributes that are not there yet. Used instead of a spread: V8 takes ten times as long to add a property to
 * a copy of an object as to an object that it has built up itself.
 */
export function addMissing(to: Attributes, from: Attributes | undefined): void {
  for (const key in from) if (!Object.hasOwn(to, key)) to[key] = from[key];
}

/** Calls a function of the user, which may not expect every message. */
export function read<M, T>(of: ((message: M) => T) | undefined, message: M): T | undefined {
  if (of === undefined) return undefined;
  try {
    return of(message);
  } catch {
    return undefined;
  }
}

// Only the previous delivery: it links to the one before it, and a list would outgrow the link limit.
function previousOf(stored: unknown, number: number): PreviousAttempt {
  const isDelivery = typeof stored === 'object' && stored !== null && 'carrier' in stored;
  if (!isDelivery) return { carrier: stored, number };
  const { carrier, outcome } = stored as EarlierDelivery;
  return { carrier, number, outcome };
}

function attemptOf(attempt: number | null | undefined): number | undefined {
  return typeof attempt === 'number' && attempt >= 1 && Number.isSafeInteger(attempt) ? attempt : undefined;
}

function timeOf(time: Date | number | null | undefined): number | undefined {
  if (time === null || time === undefined) return undefined;
  const ms = Number(time);
  return Number.isFinite(ms) ? ms : undefined;
}

function objectOf(attributes: Attributes | undefined): Attributes | undefined {
  return typeof attributes === 'object' && attributes !== null ? attributes : undefined;
}
