import { trace, type Link } from '@opentelemetry/api';
import { fanOut, linkFromCarrier, parseCarrier, type CarrierVerdict } from '@span-links/tracing';
import { LinkSampler } from '@span-links/tracing/sampler';
import { startTracing } from '@span-links/tracing/sdk';

export const verdict: CarrierVerdict = parseCarrier('{}').verdict;
export const link: Link | undefined = linkFromCarrier('{}', 'origin');
export const sampler = new LinkSampler({
  fallback: { shouldSample: () => ({ decision: 0 }), toString: () => 'never' },
});
export const stop: (deadlineMs?: number) => Promise<boolean> = startTracing({ serviceName: 'x' }).stop;
export async function branches(): Promise<number> {
  const [first, second] = await fanOut(trace.getTracer('x'), [
    { name: 'one', run: () => 1 },
    { name: 'two', run: async () => 'two' },
  ]);
  return first.status === 'fulfilled' && second.status === 'fulfilled'
    ? first.value + second.value.length
    : 0;
}

import { nestInstrument } from '@span-links/tracing/nestjs';
import { recordSpans } from '@span-links/tracing/testing';
import { currentTraceContext, TraceContextColumn } from '@span-links/tracing/typeorm';
import { Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  @TraceContextColumn()
  traceContext = currentTraceContext();
}
export const instrument: { instanceDecorator: (instance: unknown) => unknown } = nestInstrument();
export const record: typeof recordSpans = recordSpans;

import { messageConsumer, sendMessage, type MessageConsumer } from '@span-links/tracing';
import { ATTR_ATTEMPT } from '@span-links/tracing/attributes';
import { amqpConsumer } from '@span-links/tracing/amqplib';
import { bullConsumer } from '@span-links/tracing/bullmq';
import { openInbox, type Inbox } from '@span-links/tracing/inbox';
import { kafkaConsumer } from '@span-links/tracing/kafka';
import { natsConsumer } from '@span-links/tracing/nats';
import { pgBossConsumer } from '@span-links/tracing/pg-boss';
import { sqsConsumer } from '@span-links/tracing/sqs';

interface OwnMessage {
  readonly headers: Record<string, string>;
  readonly id?: string;
}
export const own: MessageConsumer<OwnMessage> = messageConsumer<OwnMessage>({
  system: 'own',
  destination: 'orders',
  headers: ({ headers }) => headers,
  id: ({ id }) => id,
});
export const handled: Promise<number> = own.one(
  { headers: {} },
  async (message) => Object.keys(message.headers).length,
);
export const settled: Promise<PromiseSettledResult<string>[]> = own.batchSettled([], () => 'done', {
  each: ATTR_ATTEMPT,
});
export const headersOf: Record<string, string> = sendMessage(
  { system: 'own', destination: 'orders' },
  (carrier) => ({
    ...carrier,
  }),
);
export const consumers = [
  amqpConsumer('orders'),
  bullConsumer('orders'),
  kafkaConsumer('orders'),
  natsConsumer('orders'),
  pgBossConsumer('orders'),
  sqsConsumer('orders'),
];
export const inbox: Inbox = openInbox({ consumer: 'shipping', query: async () => ({ rows: [] }) });
