import type { EntityManager } from 'typeorm';

const QUEUE_NOTIFICATION = `
  INSERT INTO notifications (operation_id, order_id, customer_id, message) VALUES ($1, $2, $3, $4)`;

/** A message to a customer. */
export interface Notification {
  readonly orderId: string;
  readonly customerId: string;
  readonly message: string;
}

/** Puts a message into the outbox, from which a sender reads it. */
export async function queueNotification(
  manager: EntityManager,
  operationId: string,
  { orderId, customerId, message }: Notification,
): Promise<void> {
  await manager.query(QUEUE_NOTIFICATION, [operationId, orderId, customerId, message]);
}
