import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessage, sendMessages, type MessageCarrier } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A message as `ReceiveMessage` of the AWS SDK v3 returns it. */
export interface SqsMessage {
  readonly MessageId?: string | undefined;
  readonly Attributes?: Readonly<Record<string, string | undefined>> | undefined;
  readonly MessageAttributes?: Readonly<Record<string, unknown>> | undefined;
}

/** A record of an event that SQS sends to a Lambda function. */
export interface SqsRecord {
  readonly messageId: string;
  readonly attributes: object;
  readonly messageAttributes: Readonly<Record<string, unknown>>;
}

interface Sendable {
  readonly MessageAttributes?: Record<string, SqsAttribute> | undefined;
}

interface SqsAttribute {
  DataType: string | undefined;
  StringValue?: string | undefined;
}

// The limit of SQS: each message has at most this many attributes.
const MESSAGE_ATTRIBUTES_MAX = 10;

/**
 * A consumer of SQS messages, from `ReceiveMessage` or in a Lambda function. Ask `ReceiveMessage` for the attributes:
 * `MessageAttributeNames: ['All'], MessageSystemAttributeNames: ['All']`.
 *
 * @param queue the name, the URL or the ARN of the queue.
 */
export function sqsConsumer<M extends SqsMessage | SqsRecord = SqsMessage | SqsRecord>(
  queue: string,
  overrides: ConsumerOverrides<M> = {},
): MessageConsumer<M> {
  return messageConsumer<M>({
    system: 'aws_sqs',
    destination: nameOf(queue),
    headers: headersOf,
    id: (message) => ('messageId' in message ? message.messageId : message.MessageId),
    sentAt: (message) => Number(systemAttributes(message)['SentTimestamp']),
    attempt: (message) => Number(systemAttributes(message)['ApproximateReceiveCount']),
    ...overrides,
  });
}

/**
 * Sends a message in a span `send <queue>`, with the trace context in its attributes:
 *
 * ```ts
 * await sendToSqs({ QueueUrl, MessageBody }, (input) => client.send(new SendMessageCommand(input)));
 * ```
 */
export function sendToSqs<I extends Sendable & { readonly QueueUrl: string | undefined }, T>(
  input: I,
  send: (input: I) => T,
): T {
  return sendMessage({ system: 'aws_sqs', destination: nameOf(input.QueueUrl ?? '') }, (carrier) =>
    send(withCarrier(input, carrier)),
  );
}

/**
 * Sends messages in a span `send <queue>`, each with its own trace context:
 *
 * ```ts
 * await sendBatchToSqs({ QueueUrl, Entries }, (input) => client.send(new SendMessageBatchCommand(input)));
 * ```
 */
export function sendBatchToSqs<
  I extends { readonly QueueUrl: string | undefined; readonly Entries: Sendable[] | undefined },
  T,
>(input: I, send: (input: I) => T): T {
  const entries = input.Entries ?? [];
  return sendMessages({ system: 'aws_sqs', destination: nameOf(input.QueueUrl ?? '') }, entries, (carriers) =>
    send({ ...input, Entries: entries.map((entry, index) => withCarrier(entry, carriers[index] ?? {})) }),
  );
}

/** The attributes of the message. They include the X-Ray header that AWS passes along, so that it is recognized. */
function headersOf(message: SqsMessage | SqsRecord): unknown {
  const own = 'messageId' in message ? message.messageAttributes : message.MessageAttributes;
  const { AWSTraceHeader } = systemAttributes(message);
  return AWSTraceHeader === undefined ? own : { ...own, AWSTraceHeader };
}

function systemAttributes(message: SqsMessage | SqsRecord): Readonly<Record<string, string | undefined>> {
  const attributes = 'messageId' in message ? message.attributes : message.Attributes;
  return (attributes ?? {}) as Record<string, string | undefined>;
}

function withCarrier<S extends Sendable>(message: S, carrier: MessageCarrier): S {
  const attributes: Record<string, SqsAttribute> = { ...message.MessageAttributes };
  for (const [name, value] of Object.entries(carrier)) {
    // An attribute too many would lose the message. `traceparent` comes first.
    if (Object.keys(attributes).length >= MESSAGE_ATTRIBUTES_MAX) break;
    attributes[name] = { DataType: 'String', StringValue: value };
  }
  return { ...message, MessageAttributes: attributes };
}

/**
 * The name `orders` of `https://sqs.eu-west-1.amazonaws.com/123456789012/orders` and of
 * `arn:aws:sqs:eu-west-1:123456789012:orders`.
 */
function nameOf(queue: string): string {
  return queue.slice(Math.max(queue.lastIndexOf('/'), queue.lastIndexOf(':')) + 1);
}
