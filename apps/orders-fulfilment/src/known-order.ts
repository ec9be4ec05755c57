import type { Order, OrdersRepository } from '@span-links/orders-data';
import { PoisonMessageError } from '@span-links/messaging';
import { isOrderId } from './order-id.ts';

/**
 * Reads the order of a message.
 *
 * @param body the body of the message. Other programs publish too, so nothing in it is trusted.
 * @throws PoisonMessageError if it has no order id, or the order does not exist. Another attempt would not find it either.
 */
export async function orderNamedBy(
  body: unknown,
  orders: OrdersRepository,
  manager: Parameters<OrdersRepository['find']>[1],
): Promise<Order> {
  const { orderId } = (body ?? {}) as { orderId?: unknown };
  if (!isOrderId(orderId)) throw new PoisonMessageError('the message names no order');
  const order = await orders.find(orderId, manager);
  if (!order) throw new PoisonMessageError(`there is no order ${orderId}`);
  return order;
}
