import { SpanKind } from '@opentelemetry/api';
import { fanOut, inFanIn, inSpan, startJoin } from '@span-links/tracing';
import { tracerOf, type Fulfilment, type Order } from '#workshop';

const orders = tracerOf('orders-api');

/** Starts the four operations of an order, and completes it. */
export async function shipOrder(order: Order, work: Fulfilment): Promise<void> {
  const options = { kind: SpanKind.PRODUCER, attributes: { 'order.id': order.id } };
  const outcomes = await inSpan(orders, 'ship-order', options, () =>
    fanOut(orders, [
      { name: 'reserve-stock', run: () => work.reserveStock(order) },
      { name: 'authorize-payment', run: () => work.authorizePayment(order) },
      { name: 'notify-customer', run: () => work.notifyCustomer(order) },
      { name: 'score-risk', run: () => work.scoreRisk(order) },
    ]),
  );
  await inFanIn(startJoin(orders, 'complete-order', outcomes), async () => {
    // The decision about the order, from the outcomes.
  });
}
