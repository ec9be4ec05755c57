import { hasBroker, startBroker, type TestBroker } from '@span-links/broker-testing';
import { Queue, Worker, type Job } from 'bullmq';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { addBulk, addJob, bullConsumer } from '../src/messaging/bullmq.ts';
import { recordSpans } from '../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
const orders = bullConsumer<Job>('orders');

describe.skipIf(!hasBroker('redis'))('BullMQ with the adapter', () => {
  let broker: TestBroker;
  let queue: Queue;
  let connection: { host: string; port: number; maxRetriesPerRequest: null };

  beforeAll(async () => {
    broker = await startBroker('redis');
    const { hostname, port } = new URL(broker.url);
    connection = { host: hostname, port: Number(port), maxRetriesPerRequest: null };
    queue = new Queue('orders', { connection });
  });
  afterAll(async () => {
    await queue?.close();
    await broker?.destroy();
  });

  /** Works on jobs until a number of them has come to an end. */
  async function work(count: number, handle: (job: Job) => Promise<unknown>) {
    const worker = new Worker('orders', handle, { connection });
    worker.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      worker.on('completed', () => --count === 0 && resolve());
    });
    await worker.close();
  }

  it('links each attempt of a job to its producer, and counts them', async () => {
    const added = await addJob(queue, 'ship', { order: 1 }, { attempts: 2 });
    await work(1, (job) =>
      orders.one(job, async () => {
        if (job.attemptsStarted === 1) throw new Error('no stock');
      }),
    );
    const [sent] = spans.named('send orders');
    const handled = spans.named('process orders');
    expect(handled.map(({ status, attributes }) => [status, attributes['spanlinks.attempt']])).toEqual([
      ['error', 1],
      ['unset', 2],
    ]);
    for (const span of handled) {
      expect(span.links[0]).toMatchObject({ spanId: sent?.spanId, relation: 'origin' });
      expect(span.attributes['messaging.message.id']).toBe(added.id);
    }
  });

  it('gives each job of a bulk a context of its own', async () => {
    await addBulk(
      'orders',
      Array.from({ length: 5 }, (_, order) => ({ name: 'ship', data: { order } })),
      (jobs) => queue.addBulk(jobs),
    );
    await work(5, async (job) => orders.one(job, () => undefined));
    const linked = spans.named('process orders').map(({ links }) => links[0]?.spanId);
    expect(linked.sort()).toEqual(
      spans
        .named('create orders')
        .map(({ spanId }) => spanId)
        .sort(),
    );
  });
});
