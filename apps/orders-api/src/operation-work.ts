import {
  queueNotification,
  recordAuthorization,
  recordVoid,
  releaseStock,
  reserveStock,
  scoreRisk,
  type ClaimedOperation,
  type OperationKind,
  type OperationQueue,
  type Order,
  type OrdersRepository,
} from '@span-links/orders-data';
import { readItems, readTotalCents } from './order-lines.ts';
import type { PaymentProvider } from './payment-provider.ts';
import { PermanentFailure, UnreadableOrderError } from './permanent-failure.ts';

/** The work of operations. One transaction writes the rows and the outcome, so the work is done once or not at all. */
export class OperationWork {
  constructor(
    private readonly queue: OperationQueue,
    private readonly orders: OrdersRepository,
    private readonly payments: PaymentProvider,
    private readonly stockPerSku: number,
  ) {}

  /**
   * @throws PermanentFailure or OutOfStockError if another attempt would fail too; LeaseLostError; any other error, which
   *   is worth another attempt.
   */
  async do(operation: ClaimedOperation, kind: Exclude<OperationKind, 'complete-fan-out'>): Promise<void> {
    switch (kind) {
      case 'reserve-stock':
        return this.reserveStock(operation);
      case 'authorize-payment':
        return this.authorizePayment(operation);
      case 'notify-customer':
        return this.notifyCustomer(operation);
      case 'score-risk':
        return this.queue.complete(operation, (manager) =>
          scoreRisk(manager, operation.id, operation.fanOutId),
        );
      case 'release-stock':
        return this.queue.complete(operation, (manager) =>
          releaseStock(manager, operation.id, undoneBy(operation)),
        );
      case 'void-payment':
        return this.queue.complete(operation, (manager) =>
          recordVoid(manager, operation.id, undoneBy(operation)),
        );
    }
  }

  private async reserveStock(operation: ClaimedOperation): Promise<void> {
    const items = readItems(await this.findOrder(operation));
    await this.queue.complete(operation, (manager) =>
      reserveStock(manager, operation.id, items, this.stockPerSku),
    );
  }

  // The provider comes first, with one key for all attempts. After a kill before the ledger is written, the next attempt asks
  // again, and the provider recognizes the key.
  private async authorizePayment(operation: ClaimedOperation): Promise<void> {
    const order = await this.findOrder(operation);
    const amountCents = readTotalCents(order);
    await this.payments.authorize({ key: operation.id, amountCents });
    await this.queue.complete(operation, (manager) =>
      recordAuthorization(manager, operation.id, {
        orderId: order.id,
        amountCents,
        currency: order.currency,
      }),
    );
  }

  private async notifyCustomer(operation: ClaimedOperation): Promise<void> {
    const { id: orderId, customerId } = await this.findOrder(operation);
    const message = `Your order ${orderId} is being prepared.`;
    await this.queue.complete(operation, (manager) =>
      queueNotification(manager, operation.id, { orderId, customerId, message }),
    );
  }

  private async findOrder({ orderId }: ClaimedOperation): Promise<Order> {
    const order = await this.orders.find(orderId);
    if (!order) throw new UnreadableOrderError('the order is gone');
    return order;
  }
}

function undoneBy({ kind, undoes }: ClaimedOperation): string {
  if (undoes === null) throw new PermanentFailure(`there is nothing that this ${kind} undoes`);
  return undoes;
}
