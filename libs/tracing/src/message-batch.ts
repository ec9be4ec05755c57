import { context, type Attributes, type AttributeValue, type Span, type TimeInput } from '@opentelemetry/api';
import { ambientSpan, handlerRoot } from './ambient-span.ts';
import type { Attempt, PreviousAttempt } from './attempt.ts';
import { ATTR_ATTEMPT, ATTR_MESSAGES_FAILED } from './attributes.ts';
import { startFanInBelow, type FanIn } from './fan-in.ts';
import { inSpan, isPromise, markFailed, markStatus } from './in-span.ts';
import { libraryTracer } from './library-tracer.ts';
import { linkTo, type LinkSource } from './links.ts';
import {
  ATTR_DESTINATION,
  ATTR_MESSAGE_ID,
  ATTR_OPERATION_NAME,
  ATTR_OPERATION_TYPE,
  messagingSpanName,
  queueAttributes,
} from './messaging-attributes.ts';
import { recordLink, recordWaits } from './metrics.ts';
import {
  ownAttributes,
  read,
  readMessage,
  type MessageConsumerOptions,
  type ReceivedMessage,
} from './message-description.ts';

/** Options of the span of a batch. */
export interface MessageBatchOptions {
  readonly attributes?: Attributes | undefined;
  /** When the messages were fetched. Now by default. */
  readonly startTime?: TimeInput | undefined;
  /** Links per span; see {@link FanInOptions.linkLimit}. */
  readonly linkLimit?: number | undefined;
}

/** Options for handling the messages of a batch. */
export interface EachMessageOptions {
  /**
   * The name of a span for each message, for example `invoice-order`: a child of the span with the message's link.
   * Without it, the handlers run in that span itself, which costs nothing.
   */
  readonly each?: string | undefined;
  /** Handlers that run at once. The default is 1, so the messages are handled in order. */
  readonly concurrency?: number | undefined;
}

/** Starts the span of a batch: a fan-in over its messages, with what they have in common on the span. */
export function startMessageBatch<M>(
  messages: readonly M[],
  consumer: MessageConsumerOptions<M>,
  options: MessageBatchOptions,
): FanIn | undefined {
  if (messages.length === 0) return undefined;
  const nowMs = Date.now();
  const received = messages.map((message) => readMessage(message, consumer, nowMs));
  const shared = sharedAttributes(received);
  const destination = sharedDestination(received);
  const queue = queueAttributes(consumer.system, destination);
  const attempt = attemptOf(received);
  const sharesAttempt =
    attempt === undefined || received.every((message) => message.attempt === attempt.number);
  const ambient = ambientSpan(undefined);
  if (ambient) recordLink('ambient', 'ok');
  recordWaits(received, queue);
  return startFanInBelow(
    handlerRoot(),
    consumer.tracer ?? libraryTracer(),
    messagingSpanName('process', destination),
    received.map((message) => sourceOf(message, shared, destination === undefined, !sharesAttempt)),
    {
      ...options,
      attempt,
      extraLinks: ambient && [linkTo(ambient, 'ambient')],
      attributes: {
        ...queue,
        [ATTR_OPERATION_NAME]: 'process',
        [ATTR_OPERATION_TYPE]: 'process',
        ...shared,
        ...options.attributes,
        ...queue,
      },
    },
  );
}

/** Handles the messages until one fails, like a loop. */
export async function handleEach<M, T>(
  messages: readonly M[],
  work: Work<M, T>,
  consumer: MessageConsumerOptions<M>,
  options: MessageBatchOptions & EachMessageOptions,
): Promise<T[]> {
  const results: T[] = [];
  const failures = await runEach(messages, consumer, options, work, (position, result) => {
    results[position] = result;
  });
  if (failures[0]) throw failures[0].error;
  return results;
}

/** Handles all messages, even if some fail. */
export async function settleEach<M, T>(
  messages: readonly M[],
  work: Work<M, T>,
  consumer: MessageConsumerOptions<M>,
  options: MessageBatchOptions & EachMessageOptions,
): Promise<PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  const settled = (position: number, value: T) => {
    results[position] = { status: 'fulfilled', value };
  };
  const failures = await runEach(messages, consumer, { ...options, goesOn: true }, work, settled);
  for (const { position, error } of failures) results[position] = { status: 'rejected', reason: error };
  return results;
}

type Work<M, T> = (message: M, span: Span) => T | PromiseLike<T>;

interface Failure {
  readonly position: number;
  readonly error: unknown;
}

async function runEach<M, T>(
  messages: readonly M[],
  consumer: MessageConsumerOptions<M>,
  options: MessageBatchOptions & EachMessageOptions & { readonly goesOn?: boolean },
  work: Work<M, T>,
  done: (position: number, result: T) => void,
): Promise<readonly Failure[]> {
  const batch = startMessageBatch(messages, consumer, options);
  if (batch === undefined) return [];
  const run = handlerIn(batch, messages, consumer, options, work);
  const failures: Failure[] = [];
  // One shared iterator gives every message to exactly one lane.
  const waiting = messages.keys();
  const lane = async () => {
    for (const position of waiting) {
      try {
        const result = run(position);
        done(position, isPromise(result) ? ((await result) as T) : (result as T));
      } catch (error) {
        failures.push({ position, error });
      }
      // Handlers in other lanes end before the batch does.
      if (failures.length > 0 && options.goesOn !== true) return;
    }
  };
  await Promise.all(Array.from({ length: lanesOf(options.concurrency, messages.length) }, lane));
  if (failures.length > 0) markBatch(batch, failures, messages, consumer, options.each !== undefined);
  batch.end();
  return failures;
}

/** Runs the handler of the message at a position in the context of its span. */
function handlerIn<M, T>(
  batch: FanIn,
  messages: readonly M[],
  consumer: MessageConsumerOptions<M>,
  { each }: EachMessageOptions,
  work: Work<M, T>,
): (position: number) => unknown {
  if (each === undefined) {
    return (position) =>
      context.with(
        batch.contextOf(position),
        work,
        undefined,
        messages[position] as M,
        batch.spanOf(position),
      );
  }
  const tracer = consumer.tracer ?? libraryTracer();
  return (position) => {
    const message = messages[position] as M;
    const attributes = idAttributes(message, consumer);
    return inSpan(tracer, each, { attributes }, (span) => work(message, span), batch.contextOf(position));
  };
}

function markBatch<M>(
  batch: FanIn,
  failures: readonly Failure[],
  messages: readonly M[],
  consumer: MessageConsumerOptions<M>,
  isRecorded: boolean,
): void {
  for (const { position, error } of failures) {
    const part = batch.spanOf(position);
    // The span of the message has already recorded the error.
    if (isRecorded) markStatus(part, error);
    else markFailed(part, error, idAttributes(messages[position] as M, consumer));
  }
  const [first] = failures;
  const message = `${failures.length} of ${messages.length} messages failed`;
  batch.span.setAttribute(ATTR_MESSAGES_FAILED, failures.length);
  markStatus(batch.span, first?.error, messages.length === 1 ? undefined : message);
}

function idAttributes<M>(message: M, { id }: MessageConsumerOptions<M>): Attributes {
  const value = read(id, message);
  return value === undefined || value === null ? {} : { [ATTR_MESSAGE_ID]: String(value) };
}

function lanesOf(concurrency: number | undefined, messages: number): number {
  return Math.min(messages, concurrency !== undefined && concurrency >= 1 ? Math.floor(concurrency) : 1);
}

function sourceOf(
  message: ReceivedMessage,
  shared: Attributes,
  withDestination: boolean,
  withAttempt: boolean,
): LinkSource {
  const attributes = ownAttributes(message);
  if (withAttempt && message.attempt !== undefined) attributes[ATTR_ATTEMPT] = message.attempt;
  if (withDestination && message.destination !== undefined)
    attributes[ATTR_DESTINATION] = message.destination;
  for (const key in message.attributes) {
    if (Object.hasOwn(shared, key) || Object.hasOwn(attributes, key)) continue;
    attributes[key] = message.attributes[key];
  }
  return { carrier: message.carrier, attributes };
}

/** The attributes that have the same value on all messages. */
function sharedAttributes(messages: readonly ReceivedMessage[]): Attributes {
  const shared: Attributes = { ...messages[0]?.attributes };
  let keys = Object.keys(shared);
  for (const { attributes } of messages) {
    if (keys.length === 0) break;
    keys = keys.filter((key) => {
      const isShared = isSameValue(attributes?.[key], shared[key]);
      if (!isShared) delete shared[key];
      return isShared;
    });
  }
  return shared;
}

function isSameValue(one: AttributeValue | undefined, other: AttributeValue | undefined): boolean {
  if (!Array.isArray(one) || !Array.isArray(other)) return one === other;
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

function sharedDestination([first, ...others]: readonly ReceivedMessage[]): string | undefined {
  const destination = first?.destination;
  return others.every((message) => message.destination === destination) ? destination : undefined;
}

/** The highest attempt of the messages, with the earlier attempts of all of them. */
function attemptOf(messages: readonly ReceivedMessage[]): Attempt | undefined {
  let number = 0;
  const previous: PreviousAttempt[] = [];
  for (const message of messages) {
    number = Math.max(number, message.attempt ?? 0);
    if (message.previous) previous.push(message.previous);
  }
  return number === 0 ? undefined : { number, previous };
}
