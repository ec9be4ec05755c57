import { context, SpanKind } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseCarrier } from '../carrier.ts';
import { amqpConsumer, sendToAmqp } from './amqplib.ts';
import { addBulk, addJob, bullConsumer } from './bullmq.ts';
import { kafkaConsumer, sendToKafka } from './kafka.ts';
import { natsConsumer, sendToNats } from './nats.ts';
import { insertJobs, pgBossConsumer, sendJob } from './pg-boss.ts';
import { sendBatchToSqs, sendToSqs, sqsConsumer } from './sqs.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;
const nothing = () => undefined;

const spanNamed = (name: string) => exporter.getFinishedSpans().find((span) => span.name === name)!;
const spanIdOf = (carrier: unknown) => parseCarrier(carrier).spanContext?.spanId;
const linkedTo = (name: string) => spanNamed(name).links.map((link) => link.context.spanId);

beforeAll(() => {
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});
afterAll(() => {
  trace.disable();
  context.disable();
});
beforeEach(() => exporter.reset());

describe('Kafka', () => {
  // In the shape that kafkajs 2.2.4 passes to `eachMessage`.
  const ofKafkajs = {
    topic: 'orders',
    partition: 3,
    message: {
      magicByte: 2,
      attributes: 0,
      timestamp: '1764424800123',
      offset: '41',
      key: Buffer.from('customer-7'),
      value: Buffer.from('{}'),
      headers: { traceparent: Buffer.from(TRACEPARENT) },
    },
  };
  // In the shape of @platformatic/kafka 2.12.1 with deserializers for texts.
  const ofPlatformatic = {
    topic: 'orders',
    partition: 3,
    timestamp: 1764424800123n,
    offset: 41n,
    key: 'customer-7',
    value: '{}',
    headers: new Map([['traceparent', TRACEPARENT]]),
    metadata: {},
  };

  it.each([
    ['kafkajs', ofKafkajs],
    ['@platformatic/kafka', ofPlatformatic],
  ])('reads a message of %s', (_client, delivery) => {
    kafkaConsumer('orders').one(delivery, nothing);
    expect(linkedTo('process orders')).toEqual([SPAN_ID]);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '3',
      'messaging.kafka.offset': 41,
      'messaging.kafka.message.key': 'customer-7',
      'spanlinks.wait_ms': expect.any(Number) as number,
    });
  });

  it('reads the messages of a batch of kafkajs, and of several topics', async () => {
    await kafkaConsumer('orders').batch([ofKafkajs.message, { ...ofKafkajs.message, offset: '42' }], nothing);
    expect(
      spanNamed('process orders').links.map((link) => link.attributes?.['messaging.kafka.offset']),
    ).toEqual([41, 42]);
    await kafkaConsumer().batch([ofPlatformatic, { ...ofPlatformatic, topic: 'returns' }], nothing);
    expect(spanNamed('process').links.map((link) => link.attributes?.['messaging.destination.name'])).toEqual(
      ['orders', 'returns'],
    );
  });

  it('puts a context into the headers of each message, in the form that its client needs', () => {
    const traced = sendToKafka(
      'orders',
      [
        { value: 'text', headers: { own: 'header' } },
        { value: Buffer.from('bytes'), headers: { own: 'header' } },
        { value: null },
        { topic: 'orders', value: 'text', headers: new Map([['own', 'header']]) },
        { topic: 'orders', value: Buffer.from('bytes') },
      ],
      (messages) => messages.map(({ headers }) => headers as unknown),
    );
    expect(traced.map(spanIdOf)).toEqual(linkedTo('send orders'));
    const text = expect.any(String) as string;
    const bytes = expect.any(Buffer) as Buffer;
    expect(traced).toEqual([
      { own: 'header', traceparent: text },
      { own: 'header', traceparent: bytes },
      { traceparent: text },
      new Map([
        ['own', 'header'],
        ['traceparent', text],
      ]),
      new Map([[Buffer.from('traceparent'), bytes]]),
    ]);
  });
});

describe('pg-boss', () => {
  const job = {
    id: '0199ad3e-2d2f-7c3f-b1a9-1d6f0b9b1f6e',
    name: 'orders',
    data: { order: 1, traceContext: { traceparent: TRACEPARENT } },
    retryCount: 1,
    createdOn: new Date(Date.now() - 2_000),
  };

  it('reads a job', () => {
    pgBossConsumer('orders').one(job, nothing);
    expect(linkedTo('process orders')).toEqual([SPAN_ID]);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'messaging.system': 'pg-boss',
      'messaging.message.id': job.id,
      'spanlinks.attempt': 2,
    });
    expect(spanNamed('process orders').attributes['spanlinks.wait_ms']).toBeGreaterThanOrEqual(2_000);
  });

  it('handles a job without data, or with data that is no object', () => {
    for (const data of [null, undefined, 'text', 7])
      pgBossConsumer('orders').one({ id: '1', name: 'orders', data }, nothing);
    const reasons = exporter.getFinishedSpans().map((span) => span.attributes['spanlinks.missing_reason']);
    expect(reasons).toEqual(['missing', 'missing', 'missing', 'missing']);
  });

  it('sends a job with its context in the data', async () => {
    const calls: unknown[][] = [];
    const boss = { send: async (...args: unknown[]) => (calls.push(args), 'job-1') };
    expect(await sendJob(boss, 'orders', { order: 1 }, { priority: 2 })).toBe('job-1');
    const [queue, data, options] = calls[0]!;
    expect([queue, options]).toEqual(['orders', { priority: 2 }]);
    expect(data).toMatchObject({ order: 1 });
    expect(spanIdOf((data as { traceContext: unknown }).traceContext)).toBe(
      spanNamed('send orders').spanContext().spanId,
    );
    expect(spanNamed('send orders').attributes['messaging.message.id']).toBe('job-1');
  });

  it('inserts jobs, each with its own context', () => {
    const jobs = insertJobs('orders', [{ data: { order: 1 } }, {}], (traced) => traced);
    const contexts = jobs.map(({ data }) =>
      spanIdOf((data as unknown as { traceContext: unknown }).traceContext),
    );
    expect(contexts).toEqual(linkedTo('send orders'));
  });
});

describe('amqplib', () => {
  // In the shape of amqplib 2.3.1, from a quorum queue.
  const message = {
    content: Buffer.from('{}'),
    fields: { consumerTag: 'c', deliveryTag: 5, redelivered: true, exchange: '', routingKey: 'orders' },
    properties: {
      headers: { traceparent: TRACEPARENT, 'x-delivery-count': 2, timestamp_in_ms: Date.now() - 500 },
      messageId: 'order-1',
      timestamp: 1764424800,
    },
  };

  it('reads a message of a quorum queue', () => {
    amqpConsumer('orders').one(message, nothing);
    expect(linkedTo('process orders')).toEqual([SPAN_ID]);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'messaging.system': 'rabbitmq',
      'messaging.message.id': 'order-1',
      'messaging.rabbitmq.destination.routing_key': 'orders',
      'messaging.rabbitmq.message.delivery_tag': 5,
      'spanlinks.attempt': 3,
    });
    expect(spanNamed('process orders').attributes['spanlinks.wait_ms']).toBeLessThan(60_000);
  });

  it.each([
    [true, 2],
    [false, 1],
  ])('knows for a classic queue whether a message was redelivered: %s', (redelivered, attempt) => {
    const properties = { timestamp: Math.floor(Date.now() / 1_000) - 3 };
    amqpConsumer('orders').one({ fields: { ...message.fields, redelivered }, properties }, nothing);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'spanlinks.attempt': attempt,
      'spanlinks.missing_reason': 'missing',
    });
    expect(spanNamed('process orders').attributes['spanlinks.wait_ms']).toBeGreaterThanOrEqual(3_000);
  });

  it.each([
    [{ routingKey: 'orders' }, 'send orders'],
    [{ exchange: 'shop', routingKey: 'orders' }, 'send shop:orders'],
    [{ exchange: 'shop' }, 'send shop'],
    [{}, 'send amq.default'],
  ])('publishes to %j in a span that is named after it', (to, name) => {
    const options = sendToAmqp(
      to,
      { persistent: true, headers: { own: 1 }, messageId: 'order-1' },
      (traced) => traced,
    );
    expect(spanIdOf(options.headers)).toBe(spanNamed(name).spanContext().spanId);
    expect(options).toMatchObject({ persistent: true, messageId: 'order-1', headers: { own: 1 } });
    expect(spanNamed(name).attributes['messaging.message.id']).toBe('order-1');
  });
});

describe('BullMQ', () => {
  const job = {
    id: '12',
    name: 'ship',
    queueName: 'orders',
    timestamp: Date.now() - 100,
    opts: { telemetry: { metadata: JSON.stringify({ traceparent: TRACEPARENT }), omitContext: true } },
    // After its worker was killed.
    attemptsMade: 0,
    attemptsStarted: 2,
  };

  it('reads a job, and counts the attempt of a killed worker', () => {
    bullConsumer('orders').one(job, nothing);
    expect(linkedTo('process orders')).toEqual([SPAN_ID]);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'messaging.system': 'bullmq',
      'messaging.message.id': '12',
      'spanlinks.attempt': 2,
    });
  });

  it('adds a job, and jobs in bulk, each with its own context', async () => {
    const calls: unknown[][] = [];
    const queue = { name: 'orders', add: async (...args: unknown[]) => (calls.push(args), { id: '12' }) };
    await addJob(queue, 'ship', { order: 1 }, { jobId: '12' });
    const { jobId, telemetry } = calls[0]?.[2] as { jobId: string; telemetry: { metadata: string } };
    expect(jobId).toBe('12');
    expect(spanIdOf(telemetry.metadata)).toBe(spanNamed('send orders').spanContext().spanId);
    exporter.reset();
    const jobs = addBulk(
      'orders',
      [
        { name: 'ship', data: 1 },
        { name: 'ship', data: 2, opts: { jobId: '2' } },
      ],
      (bulk) => bulk,
    );
    const contexts = jobs.map((one) => {
      const { opts } = one as unknown as { opts: { telemetry: { metadata: string } } };
      return spanIdOf(opts.telemetry.metadata);
    });
    expect(contexts).toEqual(linkedTo('send orders'));
  });
});

describe('NATS', () => {
  const headersOf = (entries: Record<string, string>) => {
    const map = new Map(Object.entries(entries).map(([name, value]) => [name, [value]]));
    return {
      get: (name: string) => map.get(name)?.[0] ?? '',
      set: (name: string, value: string) => void map.set(name, [value]),
      [Symbol.iterator]: () => map[Symbol.iterator](),
    };
  };

  it("reads a message of JetStream, with headers in Go's spelling", () => {
    const info = {
      deliveryCount: 2,
      stream: 's',
      streamSequence: 9,
      timestampNanos: BigInt(Date.now() - 1_000) * 1_000_000n,
    };
    natsConsumer('orders.*').one(
      { subject: 'orders.7', headers: headersOf({ Traceparent: TRACEPARENT }), info },
      nothing,
    );
    expect(linkedTo('process orders.*')).toEqual([SPAN_ID]);
    const { attributes } = spanNamed('process orders.*');
    expect(attributes).toMatchObject({
      'messaging.system': 'nats',
      'messaging.message.id': '9',
      'messaging.nats.subject': 'orders.7',
      'spanlinks.attempt': 2,
    });
    expect(attributes['spanlinks.wait_ms']).toBeGreaterThanOrEqual(1_000);
    expect(attributes['spanlinks.wait_ms']).toBeLessThan(60_000);
  });

  it('reads a message without headers', () => {
    natsConsumer('orders').one({ subject: 'orders' }, nothing);
    expect(spanNamed('process orders').attributes['spanlinks.missing_reason']).toBe('missing');
  });

  it('publishes a message with the context in its headers', () => {
    const sent = sendToNats('orders', headersOf({ 'Nats-Msg-Id': 'order-1' }), (headers) => headers);
    expect(spanIdOf(sent)).toBe(spanNamed('send orders').spanContext().spanId);
    expect(spanNamed('send orders').attributes['messaging.message.id']).toBe('order-1');
    expect(spanNamed('send orders').kind).toBe(SpanKind.PRODUCER);
  });
});

describe('SQS', () => {
  const QueueUrl = 'https://sqs.eu-west-1.amazonaws.com/123456789012/orders';
  const sentMs = String(Date.now() - 1_000);
  const ofSdk = {
    MessageId: 'm-1',
    Attributes: { SentTimestamp: sentMs, ApproximateReceiveCount: '2' },
    MessageAttributes: { traceparent: { DataType: 'String', StringValue: TRACEPARENT } },
  };
  const ofLambda = {
    messageId: 'm-1',
    attributes: { SentTimestamp: sentMs, ApproximateReceiveCount: '2' },
    messageAttributes: {
      traceparent: { dataType: 'String', stringValue: TRACEPARENT, stringListValues: [] },
    },
  };

  it.each([
    ['the SDK', ofSdk, QueueUrl],
    ['a Lambda event', ofLambda, 'arn:aws:sqs:eu-west-1:123456789012:orders'],
  ])('reads a message of %s', (_from, message, queue) => {
    sqsConsumer(queue).one(message, nothing);
    expect(linkedTo('process orders')).toEqual([SPAN_ID]);
    expect(spanNamed('process orders').attributes).toMatchObject({
      'messaging.system': 'aws_sqs',
      'messaging.message.id': 'm-1',
      'spanlinks.attempt': 2,
    });
    expect(spanNamed('process orders').attributes['spanlinks.wait_ms']).toBeGreaterThanOrEqual(1_000);
  });

  it('recognizes a message that has only the header of X-Ray', () => {
    const Attributes = { AWSTraceHeader: `Root=1-5759e988-${'b'.repeat(24)};Parent=${SPAN_ID};Sampled=1` };
    sqsConsumer('orders').one({ MessageId: 'm-1', Attributes }, nothing);
    expect(spanNamed('process orders').attributes['spanlinks.missing_reason']).toBe('unsupported');
  });

  it('sends a message and a batch with the context in the attributes, within the attribute limit', () => {
    const own = { DataType: 'Number', StringValue: '1' };
    const input = sendToSqs({ QueueUrl, MessageBody: '{}', MessageAttributes: { own } }, (traced) => traced);
    expect(spanIdOf(input.MessageAttributes)).toBe(spanNamed('send orders').spanContext().spanId);
    expect(input.MessageAttributes).toMatchObject({ own });
    exporter.reset();
    const full = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`own-${index}`, own]));
    const batch = sendBatchToSqs(
      {
        QueueUrl,
        Entries: [
          { Id: 'a', MessageBody: '{}' },
          { Id: 'b', MessageBody: '{}', MessageAttributes: full },
        ],
      },
      (traced) => traced,
    );
    const [first, second] = batch.Entries as { MessageAttributes?: Record<string, unknown> }[];
    expect(spanIdOf(first?.MessageAttributes)).toBe(linkedTo('send orders')[0]);
    expect(second?.MessageAttributes).toEqual(full);
  });
});
