import { inSpan, linkFromCarrier } from '@span-links/tracing';
import { tracerOf, type OrderRow } from '#workshop';

const batch = tracerOf('orders-batch');

/** Runs once an hour with all rows that wait. Some of them hold a carrier that is broken, or none. */
export async function processBatch(rows: readonly OrderRow[]): Promise<void> {
  for (const row of rows) {
    const link = linkFromCarrier(row.traceContext);
    await inSpan(batch, 'process-batch', { links: link ? [link] : [] }, () => reconcile(row));
  }
}

async function reconcile(row: OrderRow): Promise<void> {
  await inSpan(batch, 'reconcile-order', { attributes: { 'order.id': row.id } }, async () => {
    // The work on the order.
  });
}
