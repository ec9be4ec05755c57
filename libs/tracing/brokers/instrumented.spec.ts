// The instrumentations that users have, with real brokers: our spans join theirs instead of standing beside them.
import { createRequire } from 'node:module';
import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { AmqplibInstrumentation } from '@opentelemetry/instrumentation-amqplib';
import { KafkaJsInstrumentation } from '@opentelemetry/instrumentation-kafkajs';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import type * as Amqplib from 'amqplib';
import { Queue, Worker, type Job } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type * as KafkaJs from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amqpConsumer } from '../src/messaging/amqplib.ts';
import { bullConsumer } from '../src/messaging/bullmq.ts';
import { kafkaConsumer } from '../src/messaging/kafka.ts';
import { recordSpans } from '../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
propagation.setGlobalPropagator(new W3CTraceContextPropagator());
const disable = registerInstrumentations({
  instrumentations: [new KafkaJsInstrumentation(), new AmqplibInstrumentation()],
});
afterAll(() => {
  disable();
  propagation.disable();
});

// Instrumentations replace what `require` returns, which an import of this file would come before.
const require = createRequire(import.meta.url);
const { Kafka, logLevel } = require('kafkajs') as typeof KafkaJs;
const { connect } = require('amqplib') as typeof Amqplib;

const inRequest = <T>(work: () => Promise<T>) =>
  trace.getTracer('test').startActiveSpan('request', (span) => work().finally(() => span.end()));

describe.skipIf(!hasBroker('kafka'))('with the instrumentation of kafkajs', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker('kafka');
  });
  afterAll(() => broker?.destroy());

  async function sendAndConsume(
    topic: string,
    count: number,
    handlers: (done: () => void) => Parameters<ReturnType<InstanceType<typeof Kafka>['consumer']>['run']>[0],
  ) {
    const kafka = new Kafka({ clientId: 'test', brokers: [broker.url], logLevel: logLevel.NOTHING });
    const [producer, consumer, admin] = [kafka.producer(), kafka.consumer({ groupId: topic }), kafka.admin()];
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true });
    await Promise.all([admin.disconnect(), producer.connect(), consumer.connect()]);
    const messages = Array.from({ length: count }, (_, order) => ({ key: `order-${order}`, value: '{}' }));
    await inRequest(() => producer.send({ topic, messages }));
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.run(handlers(resolve)).catch(reject);
    });
    await Promise.all([producer.disconnect(), consumer.disconnect()]);
  }

  it('adopts its span of a message, which keeps its parent and gains the link', async () => {
    const orders = kafkaConsumer<KafkaJs.EachMessagePayload>('orders');
    let left = 3;
    await sendAndConsume('orders', 3, (done) => ({
      eachMessage: (payload) =>
        orders.one(payload, async () => {
          if (--left === 0) done();
        }),
    }));
    const sent = spans.named('send orders');
    const handled = spans.named('process orders');
    expect([sent.length, handled.length]).toEqual([3, 3]);
    for (const span of handled) {
      const [origin, ...others] = span.links;
      expect(sent.map(({ spanId }) => spanId)).toContain(origin?.spanId);
      expect(origin?.relation).toBe('origin');
      expect(others).toEqual([]);
      expect(span.parentSpanId).toBe(origin?.spanId);
      expect(span.attributes['spanlinks.wait_ms']).toBeTypeOf('number');
    }
  });

  it('links the span of a batch to each producer and to its span of the poll', async () => {
    const batches = kafkaConsumer<KafkaJs.Batch['messages'][number]>('batches');
    let left = 5;
    await sendAndConsume('batches', 5, (done) => ({
      eachBatch: async ({ batch }) => {
        await batches.batch(batch.messages, () => (left -= 1));
        if (left === 0) done();
      },
    }));
    const parts = spans.named('process batches').filter(({ links }) => links.some((link) => link.relation));
    const [poll] = spans.named('poll batches');
    const targets = parts.flatMap(({ links }) => links.filter(({ relation }) => relation === 'origin'));
    expect(targets.map(({ spanId }) => spanId).sort()).toEqual(
      spans
        .named('send batches')
        .map(({ spanId }) => spanId)
        .sort(),
    );
    expect(parts[0]?.links.find(({ relation }) => relation === 'ambient')?.spanId).toBe(poll?.spanId);
  });
});

describe.skipIf(!hasBroker('rabbitmq'))('with the instrumentation of amqplib', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker('rabbitmq');
  });
  afterAll(() => broker?.destroy());

  it('adopts its span of a delivery', async () => {
    const connection = await connect(broker.url);
    const channel = await connection.createChannel();
    await channel.assertQueue('orders');
    await inRequest(async () => channel.sendToQueue('orders', Buffer.from('{}'), { messageId: 'order-1' }));
    const orders = amqpConsumer<Amqplib.ConsumeMessage>('orders');
    await new Promise<void>((resolve) => {
      void channel.consume('orders', (message) => {
        orders.one(message!, () => channel.ack(message!));
        resolve();
      });
    });
    await connection.close();
    const [published] = spans.named(/^publish /);
    const handled = spans.all.filter(({ links }) => links.length > 0);
    expect(handled).toHaveLength(1);
    expect(handled[0]?.name).toBe('orders process');
    expect(handled[0]?.links).toMatchObject([{ spanId: published?.spanId, relation: 'origin' }]);
    expect(handled[0]?.attributes['messaging.message.id']).toBe('order-1');
  });
});

describe.skipIf(!hasBroker('redis'))('with bullmq-otel', () => {
  let broker: TestBroker;

  beforeAll(async () => {
    broker = await startBroker('redis');
  });
  afterAll(() => broker?.destroy());

  it('adopts its span of a job, and marks it as failed when the job fails', async () => {
    const { hostname, port } = new URL(broker.url);
    const options = {
      connection: { host: hostname, port: Number(port), maxRetriesPerRequest: null },
      telemetry: new BullMQOtel({ tracerName: 'orders' }),
    };
    const queue = new Queue('orders', options);
    await inRequest(() => queue.add('ship', { order: 1 }, { attempts: 2 }));
    const orders = bullConsumer<Job>('orders');
    const worker = new Worker(
      'orders',
      (job) =>
        orders.one(job, async () => {
          if (job.attemptsStarted === 1) throw new Error('no stock');
        }),
      options,
    );
    worker.on('error', () => undefined);
    await new Promise<void>((resolve) => worker.once('completed', () => resolve()));
    await worker.close();
    await queue.close();
    const handled = spans.all.filter(({ links }) => links.some(({ relation }) => relation === 'origin'));
    const [added] = spans.named(/^add /);
    expect(handled.map(({ status, attributes }) => [status, attributes['spanlinks.attempt']])).toEqual([
      ['error', 1],
      ['unset', 2],
    ]);
    for (const { links } of handled) expect(links[0]?.spanId).toBe(added?.spanId);
  });
});
