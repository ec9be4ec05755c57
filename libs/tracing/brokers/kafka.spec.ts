import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { Kafka, logLevel, type Batch, type Consumer, type EachMessagePayload, type Producer } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { kafkaConsumer, sendToKafka } from '../src/messaging/kafka.ts';
import { recordSpans } from '../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
const messagesOf = (count: number) =>
  Array.from({ length: count }, (_, order) => ({ key: `order-${order}`, value: `{"order":${order}}` }));

describe.skipIf(!hasBroker('kafka'))('Kafka with kafkajs and the adapter', () => {
  let broker: TestBroker;
  let kafka: Kafka;
  let producer: Producer;

  beforeAll(async () => {
    broker = await startBroker('kafka');
    kafka = new Kafka({ clientId: 'test', brokers: [broker.url], logLevel: logLevel.NOTHING });
    producer = kafka.producer();
    await producer.connect();
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: ['orders', 'batches'].map((topic) => ({ topic, numPartitions: 2 })) });
    await admin.disconnect();
  });
  afterAll(async () => {
    await producer?.disconnect();
    await broker?.destroy();
  });

  async function running(topic: string, run: (consumer: Consumer, stop: () => void) => Promise<void>) {
    const consumer = kafka.consumer({ groupId: `of-${topic}` });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    await run(consumer, stop);
    await stopped;
    await consumer.disconnect();
  }

  it('links each message to its own producer span', async () => {
    await sendToKafka('orders', messagesOf(5), (messages) => producer.send({ topic: 'orders', messages }));
    const orders = kafkaConsumer<EachMessagePayload>('orders');
    let left = 5;
    await running('orders', (consumer, stop) =>
      consumer.run({
        eachMessage: (payload) =>
          orders.one(payload, async () => {
            if (--left === 0) stop();
          }),
      }),
    );
    const handled = spans.named('process orders');
    const linked = handled.map(({ links }) => links[0]?.spanId);
    expect(linked.sort()).toEqual(
      spans
        .named('create orders')
        .map(({ spanId }) => spanId)
        .sort(),
    );
    expect(spans.named('send orders')[0]?.links).toHaveLength(5);
    for (const { attributes } of handled) {
      expect(attributes).toMatchObject({
        'messaging.kafka.offset': expect.any(Number) as number,
        'messaging.kafka.message.key': expect.stringMatching(/^order-\d$/) as string,
        'messaging.destination.partition.id': expect.stringMatching(/^[01]$/) as string,
      });
      expect(attributes['spanlinks.wait_ms']).toBeLessThan(120_000);
    }
  });

  it('links batches to each of 300 messages, handled each in its own span, and drops no link', async () => {
    await sendToKafka('batches', messagesOf(300), (messages) =>
      producer.send({ topic: 'batches', messages }),
    );
    const batches = kafkaConsumer<Batch['messages'][number]>('batches');
    let left = 300;
    await running('batches', (consumer, stop) =>
      consumer.run({
        eachBatch: async ({ batch }) => {
          const attributes = { 'messaging.destination.partition.id': String(batch.partition) };
          await batches.batch(batch.messages, () => (left -= 1), { each: 'invoice-order', attributes });
          if (left === 0) stop();
        },
      }),
    );
    const parts = spans.named(/^process batches/);
    const linked = parts.flatMap(({ links }) => links.map(({ spanId }) => spanId));
    expect(linked.sort()).toEqual(
      spans
        .named('create batches')
        .map(({ spanId }) => spanId)
        .sort(),
    );
    expect(parts.every(({ droppedLinks, links }) => droppedLinks === 0 && links.length <= 128)).toBe(true);
    expect(spans.named('invoice-order')).toHaveLength(300);
  });
});
