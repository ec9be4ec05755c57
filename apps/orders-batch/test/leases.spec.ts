import { OrderQueue, RunsRepository } from '@span-links/orders-data';
import { openTestDatabase, type TestDatabase } from '@span-links/orders-data/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { BatchProcessor, type BatchResult } from '../src/batch.processor.ts';
import { BatchRunner } from '../src/batch.runner.ts';
import { OrdersTable, plainOrders } from './orders.ts';

const LEASE_MS = 400;

let database: TestDatabase;
let table: OrdersTable;
beforeEach(async () => {
  database = await openTestDatabase();
  table = new OrdersTable(database.url);
});
afterEach(async () => {
  await table.close();
  await database.close();
});

/** A queue whose batches wait until the test lets them continue. */
class SlowQueue extends OrderQueue {
  goOn: () => void = () => undefined;
  readonly #gate = new Promise<void>((resolve) => (this.goOn = resolve));

  override async recordSpan(...parameters: Parameters<OrderQueue['recordSpan']>): Promise<void> {
    await this.#gate;
    return super.recordSpan(...parameters);
  }
}

interface Worker {
  readonly runner: BatchRunner;
  readonly batches: BatchResult[];
  readonly failures: unknown[];
}

function worker(name: string, queue: OrderQueue): Worker {
  const options = { worker: name, size: 100, leaseMs: LEASE_MS, maxAttempts: 5 };
  const batches: BatchResult[] = [];
  const failures: unknown[] = [];
  const runner = new BatchRunner(
    queue,
    new RunsRepository(database.dataSource),
    new BatchProcessor(queue, options),
    options,
    {
      batchDone: (result) => batches.push(result),
      ordersParked: () => undefined,
      runFailed: (error) => failures.push(error),
    },
  );
  return { runner, batches, failures };
}

/** Resolves once three leases have passed since the first claim, by the clock of the database. */
async function outliveLease(): Promise<void> {
  const passed = () =>
    table.query<{ passed: boolean }>(
      `SELECT coalesce(min(claimed_at) + $1 * interval '1 millisecond' < now(), false) AS passed FROM batches`,
      [3 * LEASE_MS],
    );
  await expect.poll(async () => (await passed())[0]?.passed, { timeout: 20_000 }).toBe(true);
}

const batchRows = () =>
  table.query<{ worker: string; outcome: string }>('SELECT worker, outcome FROM batches ORDER BY id');

it('a batch that outlives its lease is handled once, by the worker that claimed it', async () => {
  await table.insert(plainOrders(20));
  const queue = new SlowQueue(database.dataSource);
  const slow = worker('slow', queue);
  const other = worker('other', new OrderQueue(database.dataSource));
  const { done } = slow.runner.start('http');
  await outliveLease();
  await other.runner.runIfDue();
  expect(await batchRows()).toEqual([{ worker: 'slow', outcome: 'running' }]);
  expect(await table.query('SELECT outcome FROM runs')).toEqual([{ outcome: 'running' }]);

  queue.goOn();
  expect(await done).toMatchObject({ orders: 20, allHandled: true });
  await other.runner.runIfDue();
  expect(await batchRows()).toEqual([{ worker: 'slow', outcome: 'completed' }]);
  expect(await table.query('SELECT DISTINCT status, attempts FROM orders')).toEqual([
    { status: 'reconciled', attempts: 1 },
  ]);
  expect([slow.failures, other.failures, other.batches]).toEqual([[], [], []]);
});

it('a worker that finds its orders taken over writes nothing and says that the lease was lost', async () => {
  await table.insert(plainOrders(20));
  const queue = new SlowQueue(database.dataSource);
  const slow = worker('slow', queue);
  const { done } = slow.runner.start('http');
  await expect.poll(async () => (await batchRows()).length, { timeout: 20_000 }).toBe(1);
  // As if the process had slept for longer than its lease.
  await table.query(
    `UPDATE orders SET batch_id = gen_random_uuid(), status = 'reconciled', attempts = 2, reason = 'by the other one'`,
  );
  await outliveLease();
  queue.goOn();
  await expect(done).rejects.toThrow('the lease ran out');
  expect(await table.query('SELECT DISTINCT status, reason FROM orders')).toEqual([
    { status: 'reconciled', reason: 'by the other one' },
  ]);
  expect(slow.batches).toEqual([]);
});

it('a dead worker’s orders are due one lease after its last renewal', async () => {
  await table.insert(plainOrders(20));
  const queue = new OrderQueue(database.dataSource);
  const claimed = await queue.claim({
    runId: '01900000-0000-7000-8000-000000000000',
    worker: 'dead',
    size: 100,
    leaseMs: LEASE_MS,
    maxAttempts: 5,
  });
  expect(await queue.renew(claimed.batchId, LEASE_MS)).toBe(true);
  const heir = worker('heir', queue);
  await expect
    .poll(
      async () => {
        await heir.runner.runIfDue();
        return heir.batches.reduce((sum, { size }) => sum + size, 0);
      },
      { timeout: 20_000 },
    )
    .toBe(20);
  expect(await queue.renew(claimed.batchId, LEASE_MS)).toBe(false);
});
