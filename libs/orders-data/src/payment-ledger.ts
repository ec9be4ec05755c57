import type { EntityManager } from 'typeorm';

const AUTHORIZE = `
  INSERT INTO payment_ledger (operation_id, order_id, entry, amount_cents, currency)
  VALUES ($1, $2, 'authorization', $3, $4)`;
const VOID = `
  INSERT INTO payment_ledger (operation_id, order_id, entry, amount_cents, currency)
  SELECT $1, order_id, 'void', -amount_cents, currency FROM payment_ledger WHERE operation_id = $2`;

/** A payment that was authorized. */
export interface AuthorizedPayment {
  readonly orderId: string;
  readonly amountCents: number;
  readonly currency: string;
}

/** Writes an authorization into the ledger; the operation is its unique key. */
export async function recordAuthorization(
  manager: EntityManager,
  operationId: string,
  { orderId, amountCents, currency }: AuthorizedPayment,
): Promise<void> {
  await manager.query(AUTHORIZE, [operationId, orderId, amountCents, currency]);
}

/** Writes the entry that revokes an authorization. */
export async function recordVoid(
  manager: EntityManager,
  operationId: string,
  authorizationId: string,
): Promise<void> {
  await manager.query(VOID, [operationId, authorizationId]);
}
