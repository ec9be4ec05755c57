import { trace } from '@opentelemetry/api';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { PgBoss, type JobWithMetadata } from 'pg-boss';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insertJobs, pgBossConsumer, sendJob } from '../../src/messaging/pg-boss.ts';
import { recordSpans } from '../../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
const orders = pgBossConsumer<JobWithMetadata>('orders');

let server: Awaited<ReturnType<typeof startPostgresServer>>;
let boss: PgBoss;

beforeAll(async () => {
  server = await startPostgresServer();
  boss = new PgBoss({
    connectionString: await server.createDatabase('pg_boss'),
    openTelemetry: { enabled: false },
    supervise: false,
    schedule: false,
  });
  boss.on('error', () => undefined);
  await boss.start();
});
afterAll(async () => {
  await boss.stop({ graceful: false });
  await server.destroy();
});
beforeEach(() => boss.createQueue('orders', { retryLimit: 3, retryDelay: 0 }));
afterEach(() => boss.deleteQueue('orders'));

const fetchJobs = (batchSize: number) => boss.fetch<object>('orders', { batchSize, includeMetadata: true });
const sent = () => spans.named('send orders')[0]!;
const handled = () => spans.named('process orders');

describe('pg-boss with the adapter', () => {
  it('links the span of a job to the span that sent it, and knows its wait and its attempts', async () => {
    const id = await trace.getTracer('test').startActiveSpan('receive-order', async (request) => {
      const sentId = await sendJob(boss, 'orders', { order: 1 }, { retryDelay: 0 });
      request.end();
      return sentId;
    });
    const [first] = await fetchJobs(1);
    await expect(orders.one(first!, () => Promise.reject(new Error('no stock')))).rejects.toThrow('no stock');
    await boss.fail('orders', first!.id);
    const [second] = await fetchJobs(1);
    expect(second?.data).toMatchObject({ order: 1 });
    await orders.one(second!, () => boss.complete('orders', second!.id));
    expect(sent().kind).toBe('producer');
    expect(sent().parentSpanId).toBe(spans.named('receive-order')[0]?.spanId);
    expect(handled().map(({ attributes, status }) => [attributes['spanlinks.attempt'], status])).toEqual([
      [1, 'error'],
      [2, 'unset'],
    ]);
    for (const span of handled()) {
      expect(span.links.find(({ relation }) => relation === 'origin')?.spanId).toBe(sent().spanId);
      expect(span.traceId).not.toBe(sent().traceId);
      expect(span.attributes).toMatchObject({ 'messaging.message.id': id, 'messaging.system': 'pg-boss' });
      expect(span.attributes['spanlinks.wait_ms']).toBeGreaterThanOrEqual(0);
    }
  });

  it('links a batch to each of 300 jobs that were inserted at once, and drops no link', async () => {
    const jobs = Array.from({ length: 300 }, (_, order) => ({ data: { order } }));
    await insertJobs('orders', jobs, (traced) => boss.insert('orders', traced));
    const fetched = await fetchJobs(300);
    expect(fetched).toHaveLength(300);
    const seen = await orders.batch(fetched, ({ data }) => (data as { order: number }).order);
    expect(seen.sort((a, b) => a - b)).toEqual(jobs.map(({ data }) => data.order));
    const parts = spans.named(/^process orders/);
    expect(parts).toHaveLength(3);
    expect(parts.every(({ droppedLinks }) => droppedLinks === 0)).toBe(true);
    const linked = parts.flatMap(({ links }) => links.map(({ spanId }) => spanId));
    expect(linked.sort()).toEqual(
      spans
        .named('create orders')
        .map(({ spanId }) => spanId)
        .sort(),
    );
    await boss.complete(
      'orders',
      fetched.map(({ id }) => id),
    );
  });

  it('sends in the transaction of the caller: a rollback leaves no job', async () => {
    const client = new pg.Client({ connectionString: server.url('pg_boss') });
    await client.connect();
    const db = { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
    await client.query('BEGIN');
    expect(await sendJob(boss, 'orders', { order: 2 }, { db })).not.toBeNull();
    await client.query('ROLLBACK');
    expect(await fetchJobs(1)).toEqual([]);
    await client.query('BEGIN');
    await sendJob(boss, 'orders', { order: 3 }, { db });
    await client.query('COMMIT');
    await client.end();
    expect((await fetchJobs(1)).map(({ data }) => data)).toMatchObject([{ order: 3 }]);
  });
});

describe('pg-boss with its own spans', () => {
  it('has no second consumer span, because the one of pg-boss is adopted', async () => {
    const traced = new PgBoss({
      connectionString: server.url('pg_boss'),
      supervise: false,
      schedule: false,
    });
    traced.on('error', () => undefined);
    await traced.start();
    await sendJob(traced, 'orders', { order: 4 });
    const handledOnce = new Promise<void>((resolve, reject) => {
      const options = { includeMetadata: true, pollingIntervalSeconds: 0.5, batchSize: 1 } as const;
      traced
        .work('orders', options, async (jobs) => {
          for (const job of jobs) orders.one(job as JobWithMetadata, () => undefined);
          resolve();
        })
        .catch(reject);
    });
    await handledOnce;
    await traced.stop({ graceful: true });
    const consumers = spans.all.filter(({ kind, name }) => kind === 'consumer' && name.includes('process'));
    expect(consumers.length).toBeGreaterThan(0);
    const ours = consumers.filter(({ links }) => links.some(({ relation }) => relation === 'origin'));
    expect(ours).toHaveLength(1);
    const others = consumers.filter((span) => span !== ours[0]);
    const related = new Set(ours[0]!.links.map(({ spanId }) => spanId));
    expect(
      others.every(({ spanId, parentSpanId }) => related.has(spanId) || parentSpanId === ours[0]!.spanId),
    ).toBe(true);
  });
});
