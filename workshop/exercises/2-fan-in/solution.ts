import { inFanIn, inSpan, startFanIn } from '@span-links/tracing';
import { tracerOf, type OrderRow } from '#workshop';

const batch = tracerOf('orders-batch');

/** Runs once an hour with all rows that wait. Some of them hold a carrier that is broken, or none. */
export async function processBatch(rows: readonly OrderRow[]): Promise<void> {
  const sources = rows.map((row) => ({
    carrier: row.traceContext,
    attributes: { 'messaging.message.id': row.id },
  }));
  await inFanIn(startFanIn(batch, 'process-batch', sources), async () => {
    for (const row of rows) await reconcile(row);
  });
}

async function reconcile(row: OrderRow): Promise<void> {
  await inSpan(batch, 'reconcile-order', { attributes: { 'order.id': row.id } }, async () => {
    // The work on the order.
  });
}
