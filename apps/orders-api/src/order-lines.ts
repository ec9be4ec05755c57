import type { Order, OrderItem } from '@span-links/orders-data';
import { UnreadableOrderError } from './permanent-failure.ts';
import { orderItems } from './order-request.ts';

/**
 * The items of a stored order. Others write rows too: nothing is taken for granted that a request would have to prove.
 *
 * @throws UnreadableOrderError
 */
export function linesOf({ items }: Order): OrderItem[] {
  const result = orderItems.safeParse(items);
  if (!result.success) throw new UnreadableOrderError('the items of the order cannot be read');
  return result.data;
}

/** What the items cost, in hundredths of the order's currency. */
export function totalCentsOf(items: readonly OrderItem[]): number {
  return items.reduce((sum, { quantity, unitPriceCents }) => sum + quantity * unitPriceCents, 0);
}
