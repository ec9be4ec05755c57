export { Batch, type BatchOutcome } from './batch.entity.ts';
export { connectOrdersDatabase, migrateOrdersDatabase, type OrdersDatabaseOptions } from './data-source.ts';
export { DatabaseUnavailableError, isDatabaseUnavailable } from './database-unavailable.ts';
export { Order, ORDER_STATUSES, type OrderItem, type OrderStatus } from './order.entity.ts';
export {
  OrderQueue,
  type Backlog,
  type BatchTally,
  type Claim,
  type ClaimedOrder,
  type ClaimOptions,
  type EarlierBatch,
  type OrderOutcome,
} from './order-queue.ts';
export {
  IdempotencyKeyReusedError,
  OrdersRepository,
  type NewOrder,
  type OrderPageQuery,
  type ReceivedOrder,
} from './orders.repository.ts';
export { Run, type RunOutcome, type RunTrigger } from './run.entity.ts';
export { RunsRepository, type RunSummary } from './runs.repository.ts';
export {
  openOrdersDatabase,
  type OpenOrdersDatabaseOptions,
  type OrdersDatabase,
} from './open-orders-database.ts';
