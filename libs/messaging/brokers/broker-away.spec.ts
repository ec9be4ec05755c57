import { hasBroker, startBroker, type BrokerName, type TestBroker } from '@span-links/broker-testing';
import { recordSpans } from '@span-links/tracing/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TransportSettings } from '../src/index.ts';
import { effect, World } from '../test/world.ts';

const kafka = (broker: TestBroker, more: object = {}): TransportSettings => ({
  name: 'kafka',
  brokers: [broker.url],
  createTopics: true,
  partitions: 1,
  ssl: false,
  ...more,
});
const nats = (broker: TestBroker): TransportSettings => ({ name: 'nats', url: broker.url });
const user = { name: 'shop', password: 'right' };

describe('a broker that is away', () => {
  const spans = recordSpans({ beforeEach, afterAll });
  let broker: TestBroker | undefined;
  let world: World;

  afterEach(async () => {
    await world.close();
    await broker?.destroy();
  });

  it.each([
    ['kafka', kafka],
    ['nats', nats],
  ] satisfies [BrokerName, (broker: TestBroker) => TransportSettings][])(
    'loses no order: messages wait in the outbox and leave when %s is back',
    async (name, settings) => {
      if (!hasBroker(name)) return;
      const running = (broker = await startBroker(name));
      world = await World.open(() => settings(running));
      const destination = `orders-${process.pid}`;
      const messaging = await world.start({ [destination]: ['shipping'] }, [
        [{ destination, group: 'shipping' }, effect('shipping')],
      ]);
      const publish = () =>
        messaging.publisher.publish(world.dataSource.manager, { destination, body: 'order' });
      const first = await publish();
      await world.untilEffects(1);

      await running.stop();
      const ids = [await publish(), await publish()];
      await expect
        .poll(() => spans.named(`send ${destination}`).some(isRelay), { timeout: 60_000 })
        .toBe(true);
      expect(await world.outboxSize()).toBe(2);
      await expect(messaging.check()).rejects.toThrow(/does not answer at 127\.0\.0\.1/);
      // Wait for some more attempts, which must not add lines to the log.
      await expect
        .poll(() => spans.named(`send ${destination}`).filter(isRelay).length, { timeout: 90_000 })
        .toBeGreaterThanOrEqual(3);
      expect(world.troubles.filter((line) => line.includes('wait in the outbox'))).toHaveLength(1);

      await running.start();
      const effects = await world.untilEffects(3);
      expect(effects.map((row) => row.message_id).sort()).toEqual([first, ...ids].sort());
      expect(await world.outboxSize()).toBe(0);
      expect(world.troubles.at(-1)).toContain('leave the outbox again');

      // The failed deliveries form a chain, and each links to the messages.
      const relays = spans.named(`send ${destination}`).filter(isRelay);
      expect(relays.at(-1)?.status).toBe('unset');
      relays.forEach((span, position) => {
        const before = relays[position - 1];
        expect(span.kind).toBe('client');
        expect(span.status).toBe(position === relays.length - 1 ? 'unset' : 'error');
        expect(span.links.filter((link) => link.relation === 'origin').length).toBeGreaterThanOrEqual(1);
        const previous = span.links.filter((link) => link.relation === 'previous_attempt');
        expect(previous.map((link) => link.spanId)).toEqual(before ? [before.spanId] : []);
      });
    },
  );

  it.each([
    ['kafka', kafka],
    ['nats', nats],
  ] satisfies [BrokerName, (broker: TestBroker) => TransportSettings][])(
    'does not keep a process from starting: the process connects when %s is up',
    async (name, settings) => {
      if (!hasBroker(name)) return;
      const running = (broker = await startBroker(name));
      await running.stop();
      world = await World.open(() => settings(running));
      const destination = `late-${process.pid}`;
      const messaging = world.begin({ [destination]: ['shipping'] }, [
        [{ destination, group: 'shipping' }, effect('shipping')],
      ]);
      await messaging.publisher.publish(world.dataSource.manager, { destination, body: 1 });
      await expect.poll(() => world.troubles.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(1);
      expect(world.troubles.join('\n')).toMatch(
        /does not answer at 127\.0\.0\.1:\d+ \((KAFKA_BROKERS|NATS_URL)\)/,
      );
      await running.start();
      await messaging.connected();
      expect(await world.untilEffects(1)).toHaveLength(1);
      await messaging.check();
    },
  );

  it.skipIf(!hasBroker('kafka'))('is reported in one sentence if Kafka rejects the password', async () => {
    const running = (broker = await startBroker('kafka', { user }));
    const login = { mechanism: 'plain', username: user.name, password: 'wrong' };
    world = await World.open(() => kafka(running, { login }));
    world.begin({ orders: ['shipping'] });
    await expect
      .poll(() => world.troubles[0], { timeout: 30_000 })
      .toBe(
        `Kafka at ${running.url} rejected the login: check KAFKA_USERNAME, KAFKA_PASSWORD and KAFKA_SASL_MECHANISM. Messages wait in the outbox; trying again.`,
      );
    expect(world.troubles.join()).not.toContain('wrong');

    const right = await World.open(() => kafka(running, { login: { ...login, password: user.password } }));
    await right.start({ orders: ['shipping'] });
    await right.close();
  });

  it.skipIf(!hasBroker('kafka'))(
    'is reported in one sentence if Kafka lacks the topic, and works when the topic exists',
    async () => {
      const running = (broker = await startBroker('kafka'));
      world = await World.open(() => kafka(running, { createTopics: false }));
      const messaging = world.begin({ refunds: ['books'] }, [
        [{ destination: 'refunds', group: 'books' }, effect('books')],
      ]);
      await messaging.publisher.publish(world.dataSource.manager, { destination: 'refunds', body: 1 });
      await expect
        .poll(() => world.troubles[0], { timeout: 30_000 })
        .toBe(
          `Kafka at ${running.url} does not have the topic refunds.dead, refunds: create it, or set KAFKA_CREATE_TOPICS=true. Messages wait in the outbox; trying again.`,
        );
      // An operator creates the topic.
      const operator = await World.open(() => kafka(running));
      await operator.start({ refunds: ['books'] });
      await operator.close();
      await messaging.connected();
      expect(await world.untilEffects(1)).toHaveLength(1);
    },
  );

  it.skipIf(!hasBroker('nats'))('is reported in one sentence if NATS rejects the password', async () => {
    const running = (broker = await startBroker('nats', { user }));
    world = await World.open(() => ({ name: 'nats', url: running.url.replace('//', '//shop:wrong@') }));
    world.begin({ orders: ['shipping'] });
    await expect
      .poll(() => world.troubles[0], { timeout: 30_000 })
      .toBe(
        `NATS at ${new URL(running.url).host} rejected the login: check the user and the password in NATS_URL. Messages wait in the outbox; trying again.`,
      );
    const right = await World.open(() => ({
      name: 'nats',
      url: running.url.replace('//', `//shop:${user.password}@`),
    }));
    await right.start({ orders: ['shipping'] });
    await right.close();
  });
});

/** Finds the relay's own spans, for deliveries that failed and for the first one that works again. */
function isRelay(span: { readonly kind: string; readonly ended: boolean }): boolean {
  return span.kind === 'client' && span.ended;
}
