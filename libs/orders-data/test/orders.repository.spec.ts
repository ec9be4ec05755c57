import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IdempotencyKeyReusedError, OrdersRepository, type NewOrder } from '../src/index.ts';
import { openTestDatabase, type TestDatabase } from '../src/testing.ts';

const carrier = (index: number) => ({
  traceparent: `00-${String(index).padStart(32, 'a')}-${String(index).padStart(16, 'b')}-01`,
});
const newOrder = (overrides: Partial<NewOrder> = {}): NewOrder => ({
  customerId: 'customer-1',
  currency: 'EUR',
  items: [{ sku: 'A', quantity: 2, unitPriceCents: 500 }],
  statedTotalCents: 1_000,
  traceContext: carrier(1),
  ...overrides,
});

let database: TestDatabase;
let orders: OrdersRepository;
beforeEach(async () => {
  database = await openTestDatabase();
  orders = new OrdersRepository(database.dataSource);
});
afterEach(() => database.close());

const rowCount = async () => {
  const [row] = await database.dataSource.query<{ count: number }[]>('SELECT count(*)::int FROM orders');
  return row?.count;
};

describe('OrdersRepository', () => {
  it('writes an order with the carrier of its source, and reads it back', async () => {
    const { order, replayed } = await orders.receive(newOrder());
    expect(replayed).toBe(false);
    expect(order.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
    expect(order.receivedAt).toBeInstanceOf(Date);
    expect(await orders.find(order.id)).toEqual(order);
    expect(order).toMatchObject({
      status: 'pending',
      statedTotalCents: 1_000,
      traceContext: carrier(1),
      attempts: 0,
    });
  });

  it('stores an order that has no trace context', async () => {
    const { order } = await orders.receive(newOrder({ traceContext: undefined }));
    expect((await orders.find(order.id))?.traceContext).toBeNull();
  });

  it('keeps totals above 2^31 exact', async () => {
    const { order } = await orders.receive(newOrder({ statedTotalCents: 1e15 }));
    expect((await orders.find(order.id))?.statedTotalCents).toBe(1e15);
  });

  it('leaves no row and no context if the transaction around it is rolled back', async () => {
    await expect(
      database.dataSource.transaction(async (manager) => {
        await orders.receive(newOrder(), manager);
        throw new Error('changed our mind');
      }),
    ).rejects.toThrow('changed our mind');
    expect(await rowCount()).toBe(0);
  });

  it('gives every order of one transaction the same source', async () => {
    await database.dataSource.transaction(async (manager) => {
      for (let i = 0; i < 3; i++) await orders.receive(newOrder({ traceContext: carrier(7) }), manager);
    });
    const rows = await database.dataSource.query<{ trace_context: unknown }[]>(
      'SELECT trace_context FROM orders',
    );
    expect(rows.map((row) => row.trace_context)).toEqual([carrier(7), carrier(7), carrier(7)]);
  });

  it('returns the first order for a repeated idempotency key, even if both arrive at once', async () => {
    const request = newOrder({ idempotency: { key: 'k-1', requestDigest: 'd' } });
    const both = await Promise.all([orders.receive(request), orders.receive(request)]);
    expect(both.map(({ replayed }) => replayed).sort()).toEqual([false, true]);
    expect(new Set(both.map(({ order }) => order.id)).size).toBe(1);
    expect(await rowCount()).toBe(1);
  });

  it('rejects an idempotency key that was used for a different request', async () => {
    await orders.receive(newOrder({ idempotency: { key: 'k-1', requestDigest: 'one' } }));
    const other = newOrder({ idempotency: { key: 'k-1', requestDigest: 'two' } });
    await expect(orders.receive(other)).rejects.toBeInstanceOf(IdempotencyKeyReusedError);
  });

  it('pages newest first, by status, without gaps or repeats while orders arrive', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await orders.receive(newOrder())).order.id);
    const first = await orders.page({ limit: 2 });
    await orders.receive(newOrder());
    const second = await orders.page({ limit: 10, beforeId: first.at(-1)!.id });
    expect([...first, ...second].map((order) => order.id)).toEqual(ids);
    expect(await orders.page({ limit: 10, status: 'failed' })).toEqual([]);
  });
});
