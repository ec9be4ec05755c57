import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  OrderQueue,
  OrdersRepository,
  RunsRepository,
  type ClaimOptions,
  type OrderOutcome,
} from '../src/index.ts';
import { openTestDatabase, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
let orders: OrdersRepository;
let queue: OrderQueue;
let runs: RunsRepository;
let runId: string;

beforeEach(async () => {
  database = await openTestDatabase();
  orders = new OrdersRepository(database.dataSource);
  queue = new OrderQueue(database.dataSource);
  runs = new RunsRepository(database.dataSource);
  runId = await runs.start('once', 'w', 60_000);
});
afterEach(() => database.close());

const receive = async (count: number) => {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) {
    const received = await orders.receive({
      customerId: 'c',
      currency: 'EUR',
      items: [{ sku: 'A', quantity: 1, unitPriceCents: 100 }],
      statedTotalCents: null,
      traceContext: { traceparent: 'kept as it is' },
    });
    ids.push(received.order.id);
  }
  return ids;
};
const options = (overrides: Partial<ClaimOptions> = {}): ClaimOptions => ({
  runId,
  worker: 'w',
  size: 100,
  leaseMs: 60_000,
  maxAttempts: 3,
  ...overrides,
});
const done = (id: string): OrderOutcome => ({ id, status: 'reconciled', totalCents: 100, reason: null });
const expireLeases = () =>
  database.dataSource.query(`
    WITH o AS (UPDATE orders SET lease_until = now() - interval '1 s' WHERE lease_until IS NOT NULL),
         r AS (UPDATE runs SET lease_until = now() - interval '1 s')
    UPDATE batches SET lease_until = now() - interval '1 s'`);

describe('OrderQueue', () => {
  it('claims the oldest orders first, at most the requested number', async () => {
    const ids = await receive(5);
    const claim = await queue.claim(options({ size: 3 }));
    expect(claim.orders.map((order) => order.id)).toEqual(ids.slice(0, 3));
    expect(claim.orders[0]).toMatchObject({ attempts: 1, traceContext: { traceparent: 'kept as it is' } });
    const rest = await queue.claim(options({ size: 3 }));
    expect(rest.orders.map((order) => order.id)).toEqual(ids.slice(3));
  });

  it('writes no batch if nothing is due', async () => {
    expect((await queue.claim(options())).orders).toEqual([]);
    expect(await runs.batchesOf(runId, 10)).toEqual([]);
  });

  it('gives disjoint orders to workers that claim at once, and leaves no order out', async () => {
    const ids = await receive(60);
    const claims = await Promise.all(Array.from({ length: 6 }, () => queue.claim(options({ size: 10 }))));
    const claimed = claims.flatMap((claim) => claim.orders.map((order) => order.id));
    expect(new Set(claimed).size).toBe(claimed.length);
    const rest = (await queue.claim(options())).orders.map((order) => order.id);
    expect([...claimed, ...rest].sort()).toEqual(ids);
  });

  it('writes the outcomes of a batch, and the batch with them', async () => {
    const [first, second] = await receive(2);
    const { batchId } = await queue.claim(options());
    await queue.recordSpan(batchId, { traceparent: 'of the batch' }, 2, 0);
    const wrong = { id: second!, status: 'discrepancy' as const, totalCents: 100, reason: 'does not add up' };
    expect(await queue.finish(batchId, [done(first!), wrong])).toEqual({ reconciled: 1, discrepancies: 1 });
    expect(await orders.find(first!)).toMatchObject({
      status: 'reconciled',
      totalCents: 100,
      batchId,
      leaseUntil: null,
    });
    expect(await orders.find(second!)).toMatchObject({ status: 'discrepancy', reason: 'does not add up' });
    const [batch] = await runs.batchesOf(runId, 1);
    expect(batch).toMatchObject({ outcome: 'completed', size: 2, links: 2, reconciled: 1, discrepancies: 1 });
    expect(batch?.traceContext).toEqual({ traceparent: 'of the batch' });
  });

  it('lets only the batch that holds an order write it', async () => {
    const [id] = await receive(1);
    const slow = await queue.claim(options());
    await expireLeases();
    const fast = await queue.claim(options());
    expect(fast.orders.map((order) => order.id)).toEqual([id]);
    expect(await queue.finish(slow.batchId, [done(id!)])).toEqual({ reconciled: 0, discrepancies: 0 });
    expect((await orders.find(id!))?.status).toBe('pending');
    expect(await queue.finish(fast.batchId, [done(id!)])).toEqual({ reconciled: 1, discrepancies: 0 });
    expect(await queue.finish(fast.batchId, [done(id!)])).toEqual({ reconciled: 0, discrepancies: 0 });
  });

  it('holds orders until the lease expires, then gives them to the next batch', async () => {
    await receive(1);
    await queue.claim(options());
    expect((await queue.claim(options())).orders).toEqual([]);
    expect(await queue.settleAbandoned(3)).toEqual({ parked: 0, due: false });
    await expireLeases();
    expect(await queue.settleAbandoned(3)).toEqual({ parked: 0, due: true });
    expect((await queue.claim(options())).orders[0]?.attempts).toBe(2);
    const [batch] = await runs.batchesOf(runId, 10);
    expect(batch?.outcome).toBe('abandoned');
    expect((await runs.find(runId))?.outcome).toBe('abandoned');
  });

  it('gives orders back after any error text, and stores a bounded part of it', async () => {
    await receive(1);
    const { batchId } = await queue.claim(options({ maxAttempts: 1 }));
    const hostile = `\0\ud800${'x'.repeat(100_000)}`;
    expect(await queue.fail(batchId, hostile, 1)).toEqual({ failed: 1, givenBack: 0 });
    const rows = await database.dataSource.query<{ text: string }[]>(
      'SELECT reason AS text FROM orders UNION ALL SELECT error FROM batches',
    );
    expect(rows.map(({ text }) => text)).toEqual(Array(2).fill(`\ufffd\ufffd${'x'.repeat(1_998)}…`));
  });

  it('gives back the orders of a failed batch when their lease has expired, and parks them after the last attempt', async () => {
    const [id] = await receive(1);
    const first = await queue.claim(options({ maxAttempts: 2 }));
    expect(await queue.fail(first.batchId, 'disk full', 2)).toEqual({ failed: 0, givenBack: 1 });
    expect((await queue.claim(options({ maxAttempts: 2 }))).orders).toEqual([]);
    await expireLeases();
    const second = await queue.claim(options({ maxAttempts: 2 }));
    expect(await queue.fail(second.batchId, 'disk full', 2)).toEqual({ failed: 1, givenBack: 0 });
    expect(await orders.find(id!)).toMatchObject({ status: 'failed', reason: 'disk full', attempts: 2 });
  });

  it('parks an order with the reason if all its attempts died', async () => {
    const [id] = await receive(1);
    for (let attempt = 0; attempt < 2; attempt++) {
      await queue.claim(options({ maxAttempts: 2 }));
      await expireLeases();
    }
    expect((await queue.claim(options({ maxAttempts: 2 }))).orders).toEqual([]);
    expect(await queue.settleAbandoned(2)).toEqual({ parked: 1, due: false });
    const order = await orders.find(id!);
    expect(order).toMatchObject({ status: 'failed' });
    expect(order?.reason).toMatch(/^given up after 2 attempts/);
  });

  it('retries orders in smaller and smaller batches, so that the one that kills the worker is soon alone', async () => {
    await receive(100);
    await queue.claim(options());
    await expireLeases();
    expect((await queue.claim(options())).orders).toHaveLength(10);
    await expireLeases();
    await database.dataSource.query(`UPDATE orders SET attempts = 2`);
    expect((await queue.claim(options())).orders).toHaveLength(1);
  });
});

describe('RunsRepository', () => {
  it('sums up the batches of a run', async () => {
    const ids = await receive(3);
    const one = await queue.claim(options({ size: 2 }));
    await queue.recordSpan(one.batchId, undefined, 1, 1);
    await queue.finish(one.batchId, ids.slice(0, 2).map(done));
    const two = await queue.claim(options({ size: 2 }));
    await queue.fail(two.batchId, 'no', 1);
    await runs.finish(runId, 'failed', 'no');
    expect(await runs.find(runId)).toMatchObject({
      trigger: 'once',
      outcome: 'failed',
      error: 'no',
      batches: 2,
      orders: 3,
      links: 1,
      linksMissing: 1,
      reconciled: 2,
      failed: 1,
    });
  });

  it('discards a run only if it has no batch', async () => {
    await receive(1);
    await queue.claim(options());
    await runs.discardEmpty(runId);
    expect(await runs.find(runId)).not.toBeNull();
    const empty = await runs.start('cron', 'w', 1_000);
    await runs.discardEmpty(empty);
    expect(await runs.find(empty)).toBeNull();
  });

  it('pages runs newest first', async () => {
    const ids = [runId];
    for (let i = 0; i < 3; i++) ids.unshift(await runs.start('http', 'w', 1_000));
    const first = await runs.page(2);
    const second = await runs.page(2, first.at(-1)!.id);
    expect([...first, ...second].map((run) => run.id)).toEqual(ids);
  });
});
