import { Injectable } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { ConsumeMessages, MessagePublisher, PoisonMessageError } from '@span-links/messaging';
import type { Delivery, Message } from '@span-links/messaging';
import {
  ORDERS,
  OrdersRepository,
  SHIPMENTS,
  ShipmentsRepository,
  sumItems,
  type OrderMessage,
} from '@span-links/orders-data';
import { captureTraceContext } from '@span-links/tracing';
import { orderNamedBy } from './known-order.ts';

export const SHIPPING = 'shipping';
const PIECES_PER_PARCEL = 20;

/**
 * Prepares the shipment of each order and publishes it. It handles one message at a time, each in a trace of its own with a
 * link to `send orders`.
 */
@Injectable()
export class Shipping {
  constructor(
    private readonly orders: OrdersRepository,
    private readonly shipments: ShipmentsRepository,
    private readonly publisher: MessagePublisher,
  ) {}

  @ConsumeMessages(ORDERS, { group: SHIPPING })
  async ship({ body }: Message<OrderMessage>, { manager }: Delivery): Promise<void> {
    const { id: orderId, items } = await orderNamedBy(body, this.orders, manager);
    const sum = sumItems(items);
    if (typeof sum === 'string') throw new PoisonMessageError(`order ${orderId} cannot be shipped: ${sum}`);
    const shipment = {
      orderId,
      pieces: sum.pieces,
      parcels: Math.ceil(sum.pieces / PIECES_PER_PARCEL),
      traceContext: captureTraceContext(),
    };
    trace.getActiveSpan()?.setAttributes({ 'order.id': orderId, 'shipment.parcels': shipment.parcels });
    // The key of the table ensures that a repeated message is not published again.
    if (!(await this.shipments.prepare(shipment, manager))) return;
    const message: OrderMessage = { orderId };
    await this.publisher.publish(manager, { destination: SHIPMENTS, key: orderId, body: message });
  }
}

/** The other style: the span is a child of `send orders`, so one trace has the request and the shipment. It also has the link. */
@Injectable()
export class ShippingBelowProducer extends Shipping {
  @ConsumeMessages(ORDERS, { group: SHIPPING, parent: 'producer' })
  override ship(message: Message<OrderMessage>, delivery: Delivery): Promise<void> {
    return super.ship(message, delivery);
  }
}
