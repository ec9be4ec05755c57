import { hasBroker, startBroker } from '@span-links/broker-testing';
import { describe } from 'vitest';
import { describeFlow } from '../test/flow.ts';

describe.skipIf(!hasBroker('kafka'))('with Kafka', () => {
  describeFlow('kafka', async () => {
    const kafka = await startBroker('kafka');
    const env = { MESSAGING_TRANSPORT: 'kafka', KAFKA_BROKERS: kafka.url };
    return { env, stop: () => kafka.destroy() };
  });
});

describe.skipIf(!hasBroker('nats'))('with NATS', () => {
  describeFlow('nats', async () => {
    const nats = await startBroker('nats');
    return { env: { MESSAGING_TRANSPORT: 'nats', NATS_URL: nats.url }, stop: () => nats.destroy() };
  });
});
