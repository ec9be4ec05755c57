import { Injectable } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { ConsumeMessages, PoisonMessageError } from '@span-links/messaging';
import type { Delivery, Message } from '@span-links/messaging';
import { SHIPMENTS, ShipmentsRepository, type OrderMessage } from '@span-links/orders-data';
import { captureTraceContext } from '@span-links/tracing';
import { isOrderId } from './order-id.ts';

export const DISPATCH = 'dispatch';

/** Hands over prepared shipments. It publishes nothing, so the path of an order through the messages ends here. */
@Injectable()
export class Dispatch {
  constructor(private readonly shipments: ShipmentsRepository) {}

  @ConsumeMessages(SHIPMENTS, { group: DISPATCH })
  async handOver({ body }: Message<OrderMessage>, { manager }: Delivery): Promise<void> {
    const orderId: unknown = (body as OrderMessage | null)?.orderId;
    if (!isOrderId(orderId)) throw new PoisonMessageError('the message names no order');
    trace.getActiveSpan()?.setAttribute('order.id', orderId);
    // A shipment that was dispatched before stays unchanged.
    await this.shipments.dispatch(orderId, captureTraceContext(), manager);
  }
}
