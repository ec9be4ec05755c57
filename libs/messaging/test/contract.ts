import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { recordSpans, type RecordedSpan } from '@span-links/tracing/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PoisonMessageError, type Message, type TransportSettings } from '../src/index.ts';
import { effect, World } from './world.ts';

/** A transport under test. */
export interface TransportUnderTest {
  readonly name: TransportSettings['name'];
  settings(databaseUrl: string): TransportSettings;
  /** Delivers a handled message once more, like a broker that lost its acknowledgement. */
  redeliver(world: World, destination: string, id: string): Promise<void>;
}

let tests = 0;

/** The tests that every transport must pass. */
export function transportContract(transport: TransportUnderTest): void {
  describe(`messages through ${transport.name}`, () => {
    const spans = recordSpans({ beforeEach, afterAll });
    const children: ChildProcess[] = [];
    let world: World;
    let orders: string;

    beforeEach(async () => {
      // Brokers outlive a test, so each test has its own destination.
      orders = `orders-${process.pid}-${++tests}`;
      world = await World.open((url) => transport.settings(url), { redeliverAfterMs: 2_000 });
    });
    afterEach(async () => {
      children.splice(0).forEach((child) => child.kill('SIGKILL'));
      await world.close();
    });

    const named = (name: string): RecordedSpan[] => spans.all.filter((span) => span.name === name);
    const linksOf = (span: RecordedSpan | undefined, relation: string) =>
      (span?.links ?? []).filter((link) => link.relation === relation);
    const publish = (messaging: Awaited<ReturnType<World['start']>>, body: unknown) =>
      messaging.publisher.publish(world.dataSource.manager, { destination: orders, body });
    const startChild = async (behaviour: string, group: string): Promise<ChildProcess> => {
      const child = fork(new URL('./fixtures/consumer.mjs', import.meta.url), {
        execArgv: [],
        env: {
          ...process.env,
          CONSUMER: JSON.stringify({
            databaseUrl: world.databaseUrl,
            settings: world.settings,
            destination: orders,
            group,
            behaviour,
          }),
        },
      });
      children.push(child);
      return child;
    };

    it('arrive once in each group, in their own traces that link to the producer', async () => {
      const messaging = await world.start({ [orders]: ['shipping', 'invoicing'] }, [
        [{ destination: orders, group: 'shipping' }, effect('shipping')],
        [{ destination: orders, group: 'invoicing', batch: 10 }, effect('invoicing')],
      ]);
      const id = await spans.tracer.startActiveSpan('receive-order', async (span) => {
        const sent = await publish(messaging, { n: 1 });
        span.end();
        return sent;
      });
      const effects = await world.untilEffects(2);
      expect(effects.map(({ consumer }) => consumer).sort()).toEqual(['invoicing', 'shipping']);
      expect(effects.every((row) => row.message_id === id && (row.body as { n: number }).n === 1)).toBe(true);
      await expect.poll(() => named(`process ${orders}`).filter((span) => span.ended)).toHaveLength(2);

      const [send] = named(`send ${orders}`);
      expect(send?.kind).toBe('producer');
      expect(send?.traceId).toBe(named('receive-order')[0]?.traceId);
      expect(send?.attributes).toMatchObject({
        'messaging.system': transport.name,
        'messaging.destination.name': orders,
        'messaging.message.id': id,
      });
      for (const span of named(`process ${orders}`)) {
        expect(span.kind).toBe('consumer');
        expect(span.parentSpanId).toBeUndefined();
        expect(span.traceId).not.toBe(send?.traceId);
        expect(linksOf(span, 'origin').map((link) => link.spanId)).toEqual([send?.spanId]);
        expect(span.status).toBe('unset');
      }
      expect(await world.outboxSize()).toBe(0);
    });

    it('leave when the transaction of their row commits, and never if it is rolled back', async () => {
      const messaging = await world.start({ [orders]: ['shipping'] }, [
        [{ destination: orders, group: 'shipping' }, effect('shipping')],
      ]);
      const rolledBack = world.dataSource.transaction(async (manager) => {
        await messaging.publisher.publish(manager, { destination: orders, body: 'never' });
        throw new Error('no stock');
      });
      await expect(rolledBack).rejects.toThrow('no stock');
      await world.dataSource.transaction((manager) =>
        messaging.publisher.publish(manager, { destination: orders, body: 'kept' }),
      );
      await world.untilEffects(1);
      expect((await world.effects()).map((row) => row.body)).toEqual(['kept']);
      expect(named(`process ${orders}`)).toHaveLength(1);
    });

    it('go to another consumer if theirs is killed, which links to the dead attempt', async () => {
      const messaging = await world.start({ [orders]: ['shipping'] });
      const child = await startChild('hang', 'shipping');
      await publish(messaging, 'work');
      await once(child, 'message');
      child.kill('SIGKILL');
      const [dead] = await world.dataSource.query<{ carrier: { traceparent: string } }[]>(
        'SELECT carrier FROM messaging_inbox',
      );
      await world.start({ [orders]: ['shipping'] }, [
        [{ destination: orders, group: 'shipping' }, effect('shipping')],
      ]);
      const effects = await world.untilEffects(1);
      expect(effects).toMatchObject([{ consumer: 'shipping', attempt: 2 }]);
      await expect.poll(() => named(`process ${orders}`).at(-1)?.ended).toBe(true);

      const span = named(`process ${orders}`).at(-1);
      expect(span?.attributes['spanlinks.attempt']).toBe(2);
      expect(linksOf(span, 'origin').map((link) => link.spanId)).toEqual([
        named(`send ${orders}`)[0]?.spanId,
      ]);
      const [previous] = linksOf(span, 'previous_attempt');
      expect(dead?.carrier.traceparent).toContain(previous?.spanId ?? 'no link');
      // The span of the dead attempt was never reported, and the link says so.
      expect(previous?.attributes['spanlinks.attempt.outcome']).toBe('unfinished');
    });

    it('become dead letters if every attempt fails, with links to the origin and the last attempt', async () => {
      const dead: Message[] = [];
      const messaging = await world.start({ [orders]: ['shipping'] }, [
        [
          { destination: orders, group: 'shipping', maxAttempts: 3 },
          (message, delivery) => {
            if (message.body === 'poison') throw new TypeError('cannot be shipped');
            return effect('shipping')(message, delivery);
          },
        ],
        [{ destination: `${orders}.dead`, group: 'dead-letters' }, (message) => void dead.push(message)],
      ]);
      const id = await publish(messaging, 'poison');
      await publish(messaging, 'good');
      await expect.poll(() => dead.length, { timeout: 60_000 }).toBe(1);
      await world.untilEffects(1);
      expect(dead[0]).toMatchObject({
        body: 'poison',
        deadLetter: { group: 'shipping', attempts: 3, error: 'cannot be shipped', messageId: id },
      });
      const send = named(`send ${orders}`)[0];
      const attempts = named(`process ${orders}`).filter(
        (span) => span.attributes['messaging.message.id'] === id,
      );
      expect(attempts.map((span) => span.status)).toEqual(['error', 'error', 'error']);
      expect(attempts.map((span) => span.attributes['error.type'])).toEqual(Array(3).fill('TypeError'));
      attempts.forEach((span, position) => {
        expect(linksOf(span, 'origin').map((link) => link.spanId)).toEqual([send?.spanId]);
        const before = attempts[position - 1];
        expect(linksOf(span, 'previous_attempt').map((link) => link.spanId)).toEqual(
          before ? [before.spanId] : [],
        );
      });
      await expect.poll(() => named(`process ${orders}.dead`)[0]?.ended).toBe(true);
      const [buried] = named(`process ${orders}.dead`);
      expect(buried?.status).toBe('unset');
      expect(linksOf(buried, 'origin').map((link) => link.spanId)).toEqual([send?.spanId]);
      expect(linksOf(buried, 'previous_attempt').map((link) => link.spanId)).toEqual([attempts[2]?.spanId]);
    });

    it('become dead letters after one attempt if they are poison', async () => {
      const dead: Message[] = [];
      const messaging = await world.start({ [orders]: ['shipping'] }, [
        [
          { destination: orders, group: 'shipping' },
          () => {
            throw new PoisonMessageError('no such order');
          },
        ],
        [{ destination: `${orders}.dead`, group: 'dead-letters' }, (message) => void dead.push(message)],
      ]);
      await publish(messaging, 1);
      await expect.poll(() => dead.length, { timeout: 60_000 }).toBe(1);
      expect(dead[0]?.deadLetter?.attempts).toBe(1);
    });

    it('are marked as duplicates and do nothing if they come again after they were done', async () => {
      const messaging = await world.start({ [orders]: ['shipping'] }, [
        [{ destination: orders, group: 'shipping' }, effect('shipping')],
      ]);
      const id = await publish(messaging, 'once');
      await world.untilEffects(1);
      await expect.poll(() => named(`process ${orders}`)[0]?.ended).toBe(true);
      await transport.redeliver(world, orders, id);
      await expect.poll(() => named(`process ${orders}`).length, { timeout: 60_000 }).toBe(2);
      const [, duplicate] = named(`process ${orders}`);
      expect(duplicate?.attributes['spanlinks.duplicate']).toBe(true);
      expect(linksOf(duplicate, 'origin')).toHaveLength(1);
      expect(await world.effects()).toHaveLength(1);
    });

    it('keep their own ids if they are published together with one context', async () => {
      const publisher = await world.start({ [orders]: ['invoicing'] });
      const ids = await publisher.publisher.publishMany(
        world.dataSource.manager,
        orders,
        Array.from({ length: 20 }, (_, n) => ({ body: n })),
        { context: 'shared' },
      );
      await expect.poll(() => world.outboxSize()).toBe(0);
      await world.start({ [orders]: ['invoicing'] }, [
        [{ destination: orders, group: 'invoicing', batch: 50 }, effect('invoicing')],
      ]);
      const effects = await world.untilEffects(20);
      expect(effects.map((row) => row.message_id).sort()).toEqual([...ids].sort());
      const links = await originLinks(() => named(`process ${orders}`), 20);
      expect(new Set(links.map((link) => link.spanId))).toEqual(
        new Set([named(`send ${orders}`)[0]?.spanId]),
      );
      expect(links.map((link) => link.attributes['messaging.message.id']).sort()).toEqual([...ids].sort());
    });

    it('lose no link in a batch of more than 128, because parts share the links', async () => {
      const publisher = await world.start({ [orders]: ['invoicing'] });
      await publisher.publisher.publishMany(
        world.dataSource.manager,
        orders,
        Array.from({ length: 300 }, (_, n) => ({ body: n })),
      );
      await expect.poll(() => world.outboxSize(), { timeout: 60_000 }).toBe(0);
      await world.start({ [orders]: ['invoicing'] }, [
        [{ destination: orders, group: 'invoicing', batch: 300 }, effect('invoicing')],
      ]);
      await world.untilEffects(300);
      await expect
        .poll(() => spans.all.filter(isPart).every((span) => span.ended), { timeout: 30_000 })
        .toBe(true);
      const parts = spans.all.filter(isPart);
      expect(parts.map((span) => span.links.length)).toEqual([128, 128, 44]);
      expect(parts.map((span) => span.droppedLinks)).toEqual([0, 0, 0]);
      const created = new Set(named(`create ${orders}`).map((span) => span.spanId));
      expect(new Set(parts.flatMap((span) => span.links.map((link) => link.spanId)))).toEqual(created);
    });

    it('are handled without a trace context or with a foreign one, and the span says why it has no link', async () => {
      const insert = (headers: object) =>
        world.dataSource.query(
          `INSERT INTO messaging_outbox (id, destination, body, headers) VALUES (gen_random_uuid(), $1, '1', $2)`,
          [orders, JSON.stringify(headers)],
        );
      await insert({});
      await insert({ 'x-request-id': 'abc', traceparent: 'not one' });
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      await insert({ traceparent: `00-${traceId}-b7ad6b7169203331-00` });
      await world.start({ [orders]: ['shipping'] }, [
        [{ destination: orders, group: 'shipping' }, effect('shipping')],
      ]);
      await world.untilEffects(3);
      await expect.poll(() => named(`process ${orders}`).filter((span) => span.ended).length).toBe(3);
      const reasons = named(`process ${orders}`).map((span) => span.attributes['spanlinks.missing_reason']);
      expect(reasons.sort()).toEqual(['malformed', 'missing', undefined]);
      const links = named(`process ${orders}`).flatMap((span) => linksOf(span, 'origin'));
      expect(links).toMatchObject([{ traceId, sampled: false }]);
    });

    it('are handled even if another one in their batch fails, and the failed one is tried again alone', async () => {
      const publisher = await world.start({ [orders]: ['invoicing'] });
      const contents = Array.from({ length: 10 }, (_, n) => ({ body: n }));
      await publisher.publisher.publishMany(world.dataSource.manager, orders, contents);
      await expect.poll(() => world.outboxSize()).toBe(0);
      await world.start({ [orders]: ['invoicing'] }, [
        [
          { destination: orders, group: 'invoicing', batch: 50 },
          async (message, delivery) => {
            await effect('invoicing')(message, delivery);
            if (message.body === 4 && delivery.attempt === 1) throw new Error('no VAT number');
          },
        ],
      ]);
      const effects = await world.untilEffects(10);
      expect(effects.map((row) => row.body).sort()).toEqual(contents.map(({ body }) => body));
      expect(effects.filter((row) => row.attempt === 2).map((row) => row.body)).toEqual([4]);
      await expect.poll(() => named(`process ${orders}`).every((span) => span.ended)).toBe(true);
      const retry = named(`process ${orders}`).find((span) => span.attributes['spanlinks.attempt'] === 2);
      const failed = named(`process ${orders}`).find((span) => span.status === 'error');
      expect(failed?.attributes['spanlinks.messages.failed']).toBe(1);
      const [previous] = linksOf(retry, 'previous_attempt');
      expect(previous?.spanId).toBe(failed?.spanId);
      expect(previous?.attributes['spanlinks.attempt.outcome']).toBe('failed');
    });

    it('show on their link how long they waited for a consumer', async () => {
      const publisher = await world.start({ [orders]: ['invoicing'] });
      const publishOne = () =>
        publisher.publisher.publishMany(world.dataSource.manager, orders, [{ body: 1 }, { body: 2 }]);
      await publishOne();
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await publishOne();
      await expect.poll(() => world.outboxSize()).toBe(0);
      await world.start({ [orders]: ['invoicing'] }, [
        [{ destination: orders, group: 'invoicing', batch: 4 }, effect('invoicing')],
      ]);
      await world.untilEffects(4);
      const links = await originLinks(() => named(`process ${orders}`), 4);
      const waits = links.map((link) => Number(link.attributes['spanlinks.wait_ms'])).sort((a, b) => a - b);
      expect(waits[3]! - waits[0]!).toBeGreaterThan(1_300);
    });

    it('are finished before the process stops if they are in progress', async () => {
      let finish = () => {};
      const started = new Promise<void>((resolve) => (finish = resolve));
      const messaging = await world.start({ [orders]: ['shipping'] }, [
        [
          { destination: orders, group: 'shipping' },
          async (message, delivery) => {
            finish();
            await new Promise((resolve) => setTimeout(resolve, 500));
            await effect('shipping')(message, delivery);
          },
        ],
      ]);
      await publish(messaging, 'slow');
      await started;
      await world.stop(messaging);
      expect(await world.effects()).toHaveLength(1);
      await expect(messaging.check()).rejects.toThrow();
    });

    it('are shared by the consumers of a group, and none is handled twice', async () => {
      const consumer = [
        { destination: orders, group: 'shipping', concurrency: 2 },
        effect('shipping'),
      ] as const;
      const first = await world.start({ [orders]: ['shipping'] }, [consumer]);
      await world.start({ [orders]: ['shipping'] }, [consumer]);
      await first.publisher.publishMany(
        world.dataSource.manager,
        orders,
        Array.from({ length: 60 }, (_, n) => ({ body: n })),
      );
      const effects = await world.untilEffects(60);
      expect(new Set(effects.map((row) => row.message_id)).size).toBe(60);
      expect(await world.effects()).toHaveLength(60);
    });
  });
}

function isPart(span: RecordedSpan): boolean {
  return (
    /^process .*( part \d\/3)?$/.test(span.name) &&
    (span.attributes['spanlinks.parts'] === 3 || span.name.includes(' part '))
  );
}

/** Waits until the spans have `count` origin links, and returns them. */
async function originLinks(
  of: () => RecordedSpan[],
  count: number,
): Promise<RecordedSpan['links'][number][]> {
  const links = () => of().flatMap((span) => span.links.filter((link) => link.relation === 'origin'));
  await expect.poll(() => links().length, { timeout: 30_000 }).toBe(count);
  return links();
}
