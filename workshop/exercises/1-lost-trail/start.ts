import { inSpan } from '@span-links/tracing';
import { tracerOf, type Order, type OrderRow, type OrdersTable } from '#workshop';

const api = tracerOf('orders-api');
const batch = tracerOf('orders-batch');

/** Runs for each POST /orders. */
export async function receiveOrder(order: Order, table: OrdersTable): Promise<void> {
  await inSpan(api, 'receive-order', { attributes: { 'order.id': order.id } }, async () => {
    await inSpan(api, 'validate', {}, async () => {
      if (order.totalCents < 0) throw new RangeError('A total cannot be negative.');
    });
    await inSpan(api, 'persist-order', {}, async () => {
      // The row is all that the batch will know about this order. So far it does not say which request it came from.
      await table.insert({ ...order, traceContext: null });
    });
  });
}

/** Runs an hour later in another process, once for each row that waits. */
export async function reconcileOrder(row: OrderRow): Promise<void> {
  await inSpan(batch, 'reconcile-order', { root: true, attributes: { 'order.id': row.id } }, async () => {
    // The work on the order.
  });
}
