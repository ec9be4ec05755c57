import { sumItems, type Order, type OrderItem } from '@span-links/orders-data';
import { UnreadableOrderError } from './permanent-failure.ts';
import { orderItems } from './order-request.ts';

/**
 * The items of a stored order. Other programs write rows too, so the items must be as valid as those of a request.
 *
 * @throws UnreadableOrderError
 */
export function readItems({ items }: Order): OrderItem[] {
  const result = orderItems.safeParse(items);
  if (!result.success) throw new UnreadableOrderError('the items of the order cannot be read');
  return result.data;
}

/**
 * The total of a stored order, in hundredths of its currency.
 *
 * @throws UnreadableOrderError
 */
export function readTotalCents(order: Order): number {
  const sum = sumItems(readItems(order));
  if (typeof sum === 'string') throw new UnreadableOrderError(sum);
  return sum.totalCents;
}
