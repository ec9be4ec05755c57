import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { connect, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { amqpConsumer, sendToAmqp } from '../src/messaging/amqplib.ts';
import { recordSpans } from '../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
const orders = amqpConsumer<ConsumeMessage>('orders');

describe.skipIf(!hasBroker('rabbitmq'))('RabbitMQ with the adapter', () => {
  let broker: TestBroker;
  let connection: ChannelModel;
  let channel: Channel;

  beforeAll(async () => {
    broker = await startBroker('rabbitmq');
    connection = await connect(broker.url);
    channel = await connection.createChannel();
    await channel.assertQueue('orders', { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  });
  afterAll(async () => {
    await connection?.close();
    await broker?.destroy();
  });

  const send = (order: number) =>
    sendToAmqp({ routingKey: 'orders' }, { messageId: `order-${order}`, persistent: true }, (options) =>
      channel.sendToQueue('orders', Buffer.from('{}'), options),
    );

  /** Consumes until it is told to stop. */
  async function consume(handle: (message: ConsumeMessage, stop: () => void) => void) {
    let stop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => (stop = resolve));
    const { consumerTag } = await channel.consume('orders', (message) => handle(message!, stop));
    await stopped;
    await channel.cancel(consumerTag);
  }

  it('links each delivery of a message to its producer, and counts the deliveries', async () => {
    send(1);
    await consume((message, stop) =>
      orders.one(message, () => {
        if (!message.fields.redelivered) return channel.nack(message, false, true);
        channel.ack(message);
        stop();
      }),
    );
    const [sent] = spans.named('send orders');
    const handled = spans.named('process orders');
    expect(handled.map(({ attributes }) => attributes['spanlinks.attempt'])).toEqual([1, 2]);
    for (const span of handled) {
      expect(span.links[0]).toMatchObject({ spanId: sent?.spanId, relation: 'origin' });
      expect(span.attributes).toMatchObject({
        'messaging.message.id': 'order-1',
        'messaging.rabbitmq.destination.routing_key': 'orders',
      });
      expect(span.attributes['spanlinks.wait_ms']).toBeLessThan(60_000);
    }
  });

  it('links a batch, gathered from single deliveries, to each of its messages', async () => {
    for (let order = 0; order < 10; order++) send(order);
    const gathered: ConsumeMessage[] = [];
    await consume((message, stop) => {
      if (gathered.push(message) === 10) stop();
    });
    await orders.batch(gathered, (message) => channel.ack(message));
    const [batch] = spans.named('process orders');
    expect(batch?.links.map(({ spanId }) => spanId)).toEqual(
      spans.named('send orders').map(({ spanId }) => spanId),
    );
    expect(batch?.attributes['messaging.rabbitmq.destination.routing_key']).toBe('orders');
  });
});
