import type { ClaimedOrder, OrderOutcome } from '@span-links/orders-data';

/**
 * Recomputes the total of an order from its items and compares it with the one that the customer stated.
 *
 * Nothing in the row is trusted: whatever is wrong ends as a discrepancy with its reason, never as an exception, for one
 * odd order must not cost its batch.
 */
export function reconcileOrder(order: ClaimedOrder): OrderOutcome {
  const computed = sumOf(order.items);
  if (typeof computed === 'string') return discrepancy(order, null, computed);
  if (order.statedTotalCents !== null && order.statedTotalCents !== String(computed)) {
    const reason = `the stated total is ${order.statedTotalCents} cents, the items sum up to ${computed}`;
    return discrepancy(order, computed, reason);
  }
  return { id: order.id, status: 'reconciled', totalCents: computed, reason: null };
}

function discrepancy({ id }: ClaimedOrder, totalCents: number | null, reason: string): OrderOutcome {
  return { id, status: 'discrepancy', totalCents, reason };
}

/** @returns the sum in cents, or what is wrong with the items. */
function sumOf(items: unknown): number | string {
  if (!Array.isArray(items)) return 'the items are not a list';
  if (items.length === 0) return 'there are no items';
  let sum = 0;
  for (const [index, item] of items.entries()) {
    if (typeof item !== 'object' || item === null) return `item ${index + 1} is not an object`;
    const { quantity, unitPriceCents } = item as Record<string, unknown>;
    if (!isCount(quantity) || quantity === 0)
      return `item ${index + 1}: the quantity is not a whole number above 0`;
    if (!isCount(unitPriceCents)) return `item ${index + 1}: the unit price is not a whole number of cents`;
    sum += quantity * unitPriceCents;
    // Beyond this, sums of cents are no longer exact.
    if (!Number.isSafeInteger(sum)) return 'the sum of the items is too large';
  }
  return sum;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
