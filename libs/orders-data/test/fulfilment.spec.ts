import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { v7 as uuidv7 } from 'uuid';
import { InvoicesRepository, ShipmentsRepository } from '../src/index.ts';
import { openTestDatabase, type TestDatabase } from '../src/testing.ts';

let database: TestDatabase;
let shipments: ShipmentsRepository;
let invoices: InvoicesRepository;
const carrier = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

beforeAll(async () => {
  database = await openTestDatabase();
  shipments = new ShipmentsRepository(database.dataSource);
  invoices = new InvoicesRepository(database.dataSource);
});
afterAll(() => database.close());

const invoiceOf = (orderId: string, totalCents = 100) => ({
  orderId,
  customerId: 'customer-1',
  currency: 'EUR',
  totalCents,
  traceContext: carrier,
});

describe('shipments', () => {
  const prepare = (orderId: string) =>
    shipments.prepare({ orderId, pieces: 7, parcels: 2, traceContext: carrier });

  it('are prepared once, and dispatched once', async () => {
    const id = uuidv7();
    expect(await shipments.dispatch(id, carrier)).toBe(false);
    expect([await prepare(id), await prepare(id)]).toEqual([true, false]);
    expect(await shipments.find(id)).toMatchObject({
      pieces: 7,
      parcels: 2,
      dispatchedAt: null,
      traceContext: carrier,
    });
    expect([await shipments.dispatch(id, undefined), await shipments.dispatch(id, carrier)]).toEqual([
      true,
      false,
    ]);
    expect(await shipments.find(id)).toMatchObject({
      dispatchedAt: expect.any(Date) as Date,
      dispatchContext: null,
    });
  });

  it('are prepared once if many try at the same time', async () => {
    const id = uuidv7();
    const prepared = await Promise.all(Array.from({ length: 8 }, () => prepare(id)));
    expect(prepared.filter(Boolean)).toHaveLength(1);
  });

  it('are not written by a transaction that is rolled back', async () => {
    const id = uuidv7();
    const rolledBack = database.dataSource.transaction(async (manager) => {
      await shipments.prepare({ orderId: id, pieces: 1, parcels: 1, traceContext: undefined }, manager);
      throw new Error('changed my mind');
    });
    await expect(rolledBack).rejects.toThrow('changed my mind');
    expect(await shipments.find(id)).toBeNull();
  });
});

describe('invoices', () => {
  it('are issued in one statement, each once', async () => {
    const ids = [uuidv7(), uuidv7(), uuidv7()];
    const [first = '', second = '', third = ''] = ids;
    expect(await invoices.issue([invoiceOf(first), invoiceOf(second, 2 ** 40)])).toEqual(
      new Set([first, second]),
    );
    expect(await invoices.issue([first, second, third].map((id) => invoiceOf(id, 5)))).toEqual(
      new Set([third]),
    );
    expect((await Promise.all(ids.map((id) => invoices.find(id)))).map((row) => row?.totalCents)).toEqual([
      100,
      2 ** 40,
      5,
    ]);
    expect(await invoices.find(second)).toMatchObject({ customerId: 'customer-1', traceContext: carrier });
  });

  it('are issued once even if a batch names an order twice', async () => {
    const id = uuidv7();
    expect(await invoices.issue([invoiceOf(id), invoiceOf(id)])).toEqual(new Set([id]));
    expect(await invoices.issue([])).toEqual(new Set());
  });
});
