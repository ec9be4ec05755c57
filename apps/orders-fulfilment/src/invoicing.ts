import { Injectable } from '@nestjs/common';
import { trace, type Tracer } from '@opentelemetry/api';
import { ConsumeMessages, PoisonMessageError } from '@span-links/messaging';
import type { Delivery, Message } from '@span-links/messaging';
import {
  InvoicesRepository,
  ORDERS,
  OrdersRepository,
  sumItems,
  type OrderMessage,
} from '@span-links/orders-data';
import { captureTraceContext, inSpan } from '@span-links/tracing';
import { orderNamedBy } from './known-order.ts';

export const INVOICING = 'invoicing';
export const INVOICES_IN_A_BATCH_MAX = 50;

/**
 * Issues the invoice of each order. It takes messages in batches: one span `process orders` links to every `send orders`,
 * and has a child span `invoice-order` per order.
 */
@Injectable()
export class Invoicing {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-fulfilment');

  constructor(
    private readonly orders: OrdersRepository,
    private readonly invoices: InvoicesRepository,
  ) {}

  @ConsumeMessages(ORDERS, { group: INVOICING, batch: INVOICES_IN_A_BATCH_MAX })
  async invoice({ id, body }: Message<OrderMessage>, { manager }: Delivery): Promise<void> {
    const attributes = { 'messaging.message.id': id };
    await inSpan(this.tracer, 'invoice-order', { attributes }, async (span) => {
      const order = await orderNamedBy(body, this.orders, manager);
      span.setAttribute('order.id', order.id);
      const sum = sumItems(order.items);
      if (typeof sum === 'string') {
        throw new PoisonMessageError(`order ${order.id} cannot be invoiced: ${sum}`);
      }
      const { id: orderId, customerId, currency } = order;
      const { totalCents } = sum;
      const invoice = { orderId, customerId, currency, totalCents, traceContext: captureTraceContext() };
      // The key of the table ensures that an order is invoiced once.
      await this.invoices.issue([invoice], manager);
    });
  }
}
