import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { recordSpans } from '@span-links/tracing/testing';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { effect, World } from '../test/world.ts';

describe.skipIf(!hasBroker('kafka'))('partitions and groups of Kafka', () => {
  const spans = recordSpans({ beforeEach, afterAll });
  let broker: TestBroker;
  let world: World;
  let tests = 0;
  let orders: string;

  beforeAll(async () => {
    broker = await startBroker('kafka');
  });
  afterAll(() => broker?.destroy());
  beforeEach(async () => {
    orders = `grouped-${++tests}`;
    const settings = { createTopics: true, partitions: 2, ssl: false };
    world = await World.open(() => ({ name: 'kafka', brokers: [broker.url], ...settings }), {
      redeliverAfterMs: 6_000,
    });
  });
  afterEach(() => world.close());

  it('keep the order of a key, and the order of partitions does not matter to links', async () => {
    const publisher = await world.start({ [orders]: ['shipping'] });
    const keys = ['ada', 'bob', 'cy', 'dan', 'eve', 'flo', 'gil', 'hal'];
    const contents = Array.from({ length: 40 }, (_, n) => ({ key: keys[n % 8]!, body: n }));
    await publisher.publisher.publishMany(world.dataSource.manager, orders, contents);
    await expect.poll(() => world.outboxSize()).toBe(0);
    const seen: number[] = [];
    await world.start({ [orders]: ['shipping'] }, [
      [
        { destination: orders, group: 'shipping', batch: 8 },
        async (message, delivery) => {
          seen.push(message.body as number);
          await effect('shipping')(message, delivery);
        },
      ],
    ]);
    await world.untilEffects(40);
    for (const remainder of keys.keys()) {
      const ofKey = seen.filter((n) => n % 8 === remainder);
      expect(ofKey).toEqual([0, 1, 2, 3, 4].map((n) => 8 * n + remainder));
    }
    // The order between partitions differs from the order of publishing.
    expect(seen).not.toEqual([...seen].sort((a, b) => a - b));
    await expect.poll(() => spans.open.length).toBe(0);
    const links = spans.named(`process ${orders}`).flatMap((span) => span.links);
    expect(new Set(links.map((link) => link.spanId))).toEqual(
      new Set(spans.named(`create ${orders}`).map((span) => span.spanId)),
    );
    const partitions = spans
      .named(`process ${orders}`)
      .map((span) => span.attributes['messaging.destination.partition.id']);
    expect(new Set(partitions)).toEqual(new Set(['0', '1']));
    expect(links.every((link) => Number.isInteger(link.attributes['messaging.kafka.offset']))).toBe(true);
  });

  it('let only one of two attempts have an effect if they are rebalanced while a batch runs', async () => {
    const publisher = await world.start({ [orders]: ['invoicing'] });
    await publisher.publisher.publish(world.dataSource.manager, {
      destination: orders,
      body: 'slow',
      key: 'a',
    });
    await expect.poll(() => world.outboxSize()).toBe(0);
    let release = () => {};
    const held = new Promise<void>((resolve) => (release = resolve));
    let started = () => {};
    const isStarted = new Promise<void>((resolve) => (started = resolve));
    // Holds the message longer than the group waits, so Kafka gives the partition to another consumer.
    const slow = await world.start({ [orders]: ['invoicing'] }, [
      [
        { destination: orders, group: 'invoicing', batch: 50 },
        async (message, delivery) => {
          await effect('slow')(message, delivery);
          started();
          await held;
        },
      ],
    ]);
    await isStarted;
    // The second consumer takes over the partitions, as after a session timeout.
    const admin = new Kafka({ brokers: [broker.url], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { groups } = await admin.describeGroups([`${orders}.invoicing`]);
    expect(groups[0]?.members).toHaveLength(1);
    await admin.disconnect();
    const second = world.begin(
      { [orders]: ['invoicing'] },
      [[{ destination: orders, group: 'invoicing', batch: 50 }, effect('second')]],
      { redeliverAfterMs: 6_000 },
    );
    const effects = await world.untilEffects(1);
    expect(effects).toMatchObject([{ consumer: 'second', attempt: 2 }]);
    release();
    await world.stop(slow);
    await world.stop(second);
    expect(await world.effects()).toHaveLength(1);
    const attempts = spans
      .named(`process ${orders}`)
      .filter((span) => span.attributes['spanlinks.duplicate'] !== true);
    expect(attempts).toHaveLength(2);
    expect(attempts.every((span) => span.ended)).toBe(true);
    expect(attempts[0]?.status).toBe('error');
    expect(attempts[1]?.links.filter((link) => link.relation === 'previous_attempt')).toMatchObject([
      { spanId: attempts[0]?.spanId },
    ]);
  });
});
