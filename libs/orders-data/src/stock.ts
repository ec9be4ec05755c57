import type { EntityManager } from 'typeorm';
import type { OrderItem } from './order.entity.ts';

/** There are fewer pieces of a SKU than requested. */
export class OutOfStockError extends Error {
  override readonly name = 'OutOfStockError';
}

// In the order of SKUs, here and in the locks below, so that two reservations that share SKUs wait and do not deadlock.
const STOCK_NEW_SKUS = `
  INSERT INTO stock (sku, stocked, available)
  SELECT sku, $2::bigint, $2::bigint FROM unnest($1::text[]) AS wanted (sku) ORDER BY sku
  ON CONFLICT DO NOTHING`;
const LOCK_STOCK = 'SELECT sku, available FROM stock WHERE sku = ANY ($1::text[]) ORDER BY sku FOR UPDATE';
const MOVE = `
  WITH movement AS (
    INSERT INTO stock_movements (operation_id, sku, quantity)
    SELECT $1::uuid, sku, quantity FROM unnest($2::text[], $3::bigint[]) AS moved (sku, quantity)
    RETURNING sku, quantity
  )
  UPDATE stock SET available = available + movement.quantity FROM movement WHERE stock.sku = movement.sku`;
const MOVEMENTS = 'SELECT sku, quantity FROM stock_movements WHERE operation_id = $1';

/**
 * Takes all items from stock, or none. An unknown SKU is stocked first, because this platform has no other supplier.
 *
 * @throws OutOfStockError
 */
export async function reserveStock(
  manager: EntityManager,
  operationId: string,
  items: readonly OrderItem[],
  stockedPerSku: number,
): Promise<void> {
  const wanted = new Map<string, number>();
  for (const { sku, quantity } of items) wanted.set(sku, (wanted.get(sku) ?? 0) + quantity);
  const skus = [...wanted.keys()];
  await manager.query(STOCK_NEW_SKUS, [skus, stockedPerSku]);
  const stock = await manager.query<{ sku: string; available: string }[]>(LOCK_STOCK, [skus]);
  for (const { sku, available } of stock) {
    const asked = wanted.get(sku) ?? 0;
    if (asked > Number(available))
      throw new OutOfStockError(`${asked} of ${sku} were asked for, ${available} are there`);
  }
  await manager.query(MOVE, [operationId, skus, skus.map((sku) => -(wanted.get(sku) ?? 0))]);
}

/** Returns the pieces that an operation took. */
export async function releaseStock(
  manager: EntityManager,
  operationId: string,
  reservationId: string,
): Promise<void> {
  const taken = await manager.query<{ sku: string; quantity: string }[]>(MOVEMENTS, [reservationId]);
  const skus = taken.map(({ sku }) => sku);
  await manager.query(LOCK_STOCK, [skus]);
  await manager.query(MOVE, [operationId, skus, taken.map(({ quantity }) => -Number(quantity))]);
}
