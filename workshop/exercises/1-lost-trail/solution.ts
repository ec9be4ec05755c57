import { captureTraceContext, inSpan, linkFromCarrier } from '@span-links/tracing';
import { tracerOf, type Order, type OrderRow, type OrdersTable } from '#workshop';

const api = tracerOf('orders-api');
const batch = tracerOf('orders-batch');

/** Runs for each POST /orders. */
export async function receiveOrder(order: Order, table: OrdersTable): Promise<void> {
  await inSpan(api, 'receive-order', { attributes: { 'order.id': order.id } }, async () => {
    // Here receive-order is the active span. Inside persist-order it would be persist-order.
    const traceContext = captureTraceContext();
    await inSpan(api, 'validate', {}, async () => {
      if (order.totalCents < 0) throw new RangeError('A total cannot be negative.');
    });
    await inSpan(api, 'persist-order', {}, async () => {
      await table.insert({ ...order, traceContext });
    });
  });
}

/** Runs an hour later in another process, once for each row that waits. */
export async function reconcileOrder(row: OrderRow): Promise<void> {
  const link = linkFromCarrier(row.traceContext);
  const options = { root: true, links: link ? [link] : [], attributes: { 'order.id': row.id } };
  await inSpan(batch, 'reconcile-order', options, async () => {
    // The work on the order.
  });
}
