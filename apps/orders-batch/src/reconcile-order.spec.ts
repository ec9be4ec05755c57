import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reconcileOrder } from './reconcile-order.ts';

const order = (items: unknown, statedTotalCents: string | null = null) => ({
  id: '01900000-0000-7000-8000-000000000000',
  items,
  statedTotalCents,
  traceContext: null,
  attempts: 1,
  previousBatchId: null,
});
const twoItems = [
  { sku: 'A', quantity: 2, unitPriceCents: 500 },
  { sku: 'B', quantity: 1, unitPriceCents: 99 },
];

describe('reconcileOrder', () => {
  it('recomputes the total from the items', () => {
    expect(reconcileOrder(order(twoItems))).toMatchObject({
      status: 'reconciled',
      totalCents: 1099,
      reason: null,
    });
    expect(reconcileOrder(order(twoItems, '1099'))).toMatchObject({ status: 'reconciled', totalCents: 1099 });
  });

  it('calls a stated total that differs a discrepancy, and says by what', () => {
    expect(reconcileOrder(order(twoItems, '1000'))).toMatchObject({
      status: 'discrepancy',
      totalCents: 1099,
      reason: 'the stated total is 1000 cents, the items sum up to 1099',
    });
  });

  it.each([
    [null, 'the items are not a list'],
    [{}, 'the items are not a list'],
    [[], 'there are no items'],
    [[null], 'item 1 is not an object'],
    [[{ quantity: 0, unitPriceCents: 1 }], 'item 1: the quantity is not a whole number above 0'],
    [[{ quantity: 1.5, unitPriceCents: 1 }], 'item 1: the quantity is not a whole number above 0'],
    [[{ quantity: 1, unitPriceCents: '1' }], 'item 1: the unit price is not a whole number of cents'],
    [[{ quantity: 1, unitPriceCents: -1 }], 'item 1: the unit price is not a whole number of cents'],
    [[{ quantity: 2 ** 40, unitPriceCents: 2 ** 40 }], 'the sum of the items is too large'],
  ])('calls %j a discrepancy: %s', (items, reason) => {
    expect(reconcileOrder(order(items))).toMatchObject({ status: 'discrepancy', totalCents: null, reason });
  });

  it('never throws, and never writes a total that the database refuses, whatever the row holds', () => {
    const item = fc.record({ quantity: fc.anything(), unitPriceCents: fc.anything() });
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.array(fc.oneof(item, fc.anything()))), (items) => {
        const { status, totalCents, reason } = reconcileOrder(order(items));
        expect(totalCents === null || Number.isSafeInteger(totalCents)).toBe(true);
        expect(status === 'reconciled' ? reason : typeof reason).toBe(
          status === 'reconciled' ? null : 'string',
        );
      }),
    );
  });
});
