import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe } from 'vitest';
import { transportContract } from '../test/contract.ts';

describe.skipIf(!hasBroker('kafka'))('Kafka', () => {
  let kafka: TestBroker;

  beforeAll(async () => {
    kafka = await startBroker('kafka');
  });
  afterAll(() => kafka?.destroy());

  const brokers = () => [kafka.url];

  transportContract({
    name: 'kafka',
    settings: () => ({ name: 'kafka', brokers: brokers(), createTopics: true, partitions: 1, ssl: false }),
    // Sends the message twice, like a producer that does not know whether it arrived.
    redeliver: async (_world, topic, id) => {
      const producer = new Kafka({ brokers: brokers(), logLevel: logLevel.NOTHING }).producer();
      await producer.connect();
      const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
      await producer.send({
        topic,
        messages: [{ value: '"once"', headers: { 'Message-Id': id, traceparent } }],
      });
      await producer.disconnect();
    },
  });
});
