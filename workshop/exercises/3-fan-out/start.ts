import { SpanKind } from '@opentelemetry/api';
import { inSpan } from '@span-links/tracing';
import { tracerOf, type Fulfilment, type Order } from '#workshop';

const orders = tracerOf('orders-api');

/** Starts the four operations of an order, and completes it. */
export async function shipOrder(order: Order, work: Fulfilment): Promise<void> {
  const options = { kind: SpanKind.PRODUCER, attributes: { 'order.id': order.id } };
  await inSpan(orders, 'ship-order', options, async () => {
    await inSpan(orders, 'reserve-stock', {}, () => work.reserveStock(order));
    await inSpan(orders, 'authorize-payment', {}, () => work.authorizePayment(order));
    await inSpan(orders, 'notify-customer', {}, () => work.notifyCustomer(order));
    await inSpan(orders, 'score-risk', {}, () => work.scoreRisk(order));
  });
}
