import { Injectable } from '@nestjs/common';
import { inSpan } from '@span-links/tracing';
import { HandlesMessage } from '@span-links/tracing/nestjs';
import { pgBossConsumer, sendJob } from '@span-links/tracing/pg-boss';
import { tracerOf, Warehouse, type Broker, type Order, type OrderJob } from '#workshop';

const api = tracerOf('orders-api');
const orders = pgBossConsumer<OrderJob>('orders');
const invoices = pgBossConsumer<OrderJob>('invoices');

/** Runs for each POST /orders. */
export async function publishOrder(order: Order, broker: Broker): Promise<void> {
  await inSpan(api, 'receive-order', { attributes: { 'order.id': order.id } }, async () => {
    await sendJob(broker, 'orders', order);
    await sendJob(broker, 'invoices', order);
  });
}

/** Gets the messages of the queue `orders`, one at a time. */
@Injectable()
export class Shipping {
  constructor(private readonly warehouse: Warehouse) {}

  @HandlesMessage(orders)
  async ship(job: OrderJob): Promise<void> {
    await this.warehouse.ship(job.data);
  }
}

/** Gets the messages of the queue `invoices`, many at a time. */
@Injectable()
export class Invoicing {
  constructor(private readonly warehouse: Warehouse) {}

  async invoice(jobs: readonly OrderJob[]): Promise<void> {
    await invoices.batch(jobs, (job) => this.warehouse.invoice(job.data));
  }
}
