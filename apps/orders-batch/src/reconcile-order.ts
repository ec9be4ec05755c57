import { sumItems, type ClaimedOrder, type OrderOutcome } from '@span-links/orders-data';

/**
 * Recomputes the total of an order from its items and compares it with the customer's stated total.
 *
 * Nothing in the row is trusted. Every mistake ends as a discrepancy with its reason and never as an exception, because one
 * wrong order must not fail its batch.
 */
export function reconcileOrder(order: ClaimedOrder): OrderOutcome {
  const sum = sumItems(order.items);
  if (typeof sum === 'string') return discrepancy(order, null, sum);
  const { totalCents: computed } = sum;
  if (order.statedTotalCents !== null && order.statedTotalCents !== String(computed)) {
    const reason = `the stated total is ${order.statedTotalCents} cents, the items sum up to ${computed}`;
    return discrepancy(order, computed, reason);
  }
  return { id: order.id, status: 'reconciled', totalCents: computed, reason: null };
}

function discrepancy({ id }: ClaimedOrder, totalCents: number | null, reason: string): OrderOutcome {
  return { id, status: 'discrepancy', totalCents, reason };
}
