import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { AckPolicy, jetstream, jetstreamManager, type JsMsg } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { natsConsumer, sendToNats } from '../src/messaging/nats.ts';
import { recordSpans } from '../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });

describe.skipIf(!hasBroker('nats'))('NATS JetStream with the adapter', () => {
  let broker: TestBroker;
  let connection: NatsConnection;

  beforeAll(async () => {
    broker = await startBroker('nats');
    connection = await connect({ servers: broker.url });
    const manager = await jetstreamManager(connection);
    await manager.streams.add({ name: 'shop', subjects: ['orders', 'orders.*'] });
    await manager.consumers.add('shop', { durable_name: 'shipping', ack_policy: AckPolicy.Explicit });
  });
  afterAll(async () => {
    await connection?.close();
    await broker?.destroy();
  });

  it('links each delivery of a message to its producer, and counts the deliveries', async () => {
    const client = jetstream(connection);
    await sendToNats('orders', headers(), (traced) =>
      client.publish('orders', 'ship it', { headers: traced }),
    );
    const consumer = await client.consumers.get('shop', 'shipping');
    const orders = natsConsumer('orders');
    for (const attempt of [1, 2]) {
      const message = await consumer.next();
      orders.one(message!, () => (attempt === 1 ? message!.nak() : message!.ack()));
    }
    const [sent] = spans.named('send orders');
    const handled = spans.named('process orders');
    expect(handled.map(({ attributes }) => attributes['spanlinks.attempt'])).toEqual([1, 2]);
    for (const span of handled) {
      expect(span.links[0]).toMatchObject({ spanId: sent?.spanId, relation: 'origin' });
      expect(span.attributes['messaging.message.id']).toBe('1');
      expect(span.attributes['spanlinks.wait_ms']).toBeLessThan(60_000);
    }
  });

  it('links a batch to each of its messages', async () => {
    const client = jetstream(connection);
    for (let order = 0; order < 20; order++) {
      await sendToNats(`orders.${order}`, headers(), (traced) =>
        client.publish(`orders.${order}`, '', { headers: traced }),
      );
    }
    const consumer = await client.consumers.get('shop', 'shipping');
    const messages: JsMsg[] = [];
    for await (const message of await consumer.fetch({ max_messages: 20, expires: 5_000 }))
      messages.push(message);
    await natsConsumer<JsMsg>('orders.*').batch(messages, (message) => message.ack());
    const [batch] = spans.named('process orders.*');
    expect(batch?.links.map(({ spanId }) => spanId)).toEqual(
      spans.named(/^send orders/).map(({ spanId }) => spanId),
    );
    expect(batch?.links.map(({ attributes }) => attributes['messaging.nats.subject'])).toEqual(
      messages.map(({ subject }) => subject),
    );
  });
});
