export { Batch, type BatchOutcome } from './batch.entity.ts';
export {
  connectOrdersDatabase,
  migrateOrdersDatabase,
  SchemaTooNewError,
  type OrdersDatabaseOptions,
} from './data-source.ts';
export {
  DatabaseUnavailableError,
  isDatabaseUnavailable,
  OutcomeUnknownError,
  writeOrTell,
  type RepeatAdvice,
} from './database-unavailable.ts';
export {
  FAN_OUT_STATUSES,
  FanOutsRepository,
  hasEnded,
  OPERATION_STATUSES,
  OrderNotFitError,
  OrderNotFoundError,
  type FanOutState,
  type FanOutStatus,
  type OperationState,
  type OperationStatus,
  type RequestedFanOut,
} from './fan-outs.repository.ts';
export { Invoice } from './invoice.entity.ts';
export { InvoicesRepository, type NewInvoice } from './invoices.repository.ts';
export { queueNotification, type Notification } from './notification-outbox.ts';
export { holdingLease, LeaseLostError, type Lease } from './lease.ts';
export {
  BRANCH_KINDS,
  COMPENSATIONS,
  isBranch,
  type BranchKind,
  type CompensationKind,
  type OperationKind,
} from './operation-kind.ts';
export { OperationQueue, type ClaimedOperation, type EndedBranch } from './operation-queue.ts';
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
export { ORDERS, SHIPMENTS, type OrderMessage } from './order-messages.ts';
export { sumItems, type OrderSum } from './order-sum.ts';
export { OrderTrail, type TrailStep } from './order-trail.ts';
export {
  IdempotencyKeyReusedError,
  OrdersRepository,
  type NewOrder,
  type OrderPageQuery,
  type ReceivedOrder,
} from './orders.repository.ts';
export { recordAuthorization, recordVoid, type AuthorizedPayment } from './payment-ledger.ts';
export { scoreRisk } from './risk-score.ts';
export { Run, type RunOutcome, type RunTrigger } from './run.entity.ts';
export { RunsRepository, type RunSummary } from './runs.repository.ts';
export {
  openOrdersDatabase,
  type OpenOrdersDatabaseOptions,
  type OrdersDatabase,
} from './open-orders-database.ts';
export { Shipment } from './shipment.entity.ts';
export { ShipmentsRepository, type NewShipment } from './shipments.repository.ts';
export { OutOfStockError, releaseStock, reserveStock } from './stock.ts';
