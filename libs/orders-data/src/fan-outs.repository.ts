import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { BRANCH_KINDS, type OperationKind } from './operation-kind.ts';
import type { OrderStatus } from './order.entity.ts';
import { readSql } from './sql.ts';

/**
 * `compensating`: an operation failed for good, and the effects of the others are being undone. `failed`: they are undone.
 */
export type FanOutStatus = 'running' | 'completed' | 'compensating' | 'failed';

export const FAN_OUT_STATUSES: readonly FanOutStatus[] = ['running', 'completed', 'compensating', 'failed'];

/** `pending`: waiting or running. `failed`: failed for good. */
export type OperationStatus = 'pending' | 'done' | 'failed';

export const OPERATION_STATUSES: readonly OperationStatus[] = ['pending', 'done', 'failed'];

/** The state of an operation. */
export interface OperationState {
  readonly id: string;
  readonly kind: OperationKind;
  readonly status: OperationStatus;
  readonly attempts: number;
  /** The error of the last failed attempt. */
  readonly error: string | null;
  /** The operation that this one undoes. */
  readonly undoes: string | null;
  readonly finishedAt: Date | null;
  /** The carrier of the last attempt's span; null before the first attempt, or without an SDK. */
  readonly span: unknown;
}

/** The state of a fan-out. */
export interface FanOutState {
  readonly id: string;
  readonly orderId: string;
  readonly status: FanOutStatus;
  /** The carrier of `fan-out-order`. */
  readonly span: unknown;
  readonly requestedAt: Date;
  readonly finishedAt: Date | null;
  readonly operations: readonly OperationState[];
}

/** The fan-out of an order: the one just requested, or the existing one. */
export interface RequestedFanOut {
  readonly fanOut: FanOutState;
  readonly replayed: boolean;
}

/** There is no order with this id. */
export class OrderNotFoundError extends Error {
  override readonly name = 'OrderNotFoundError';
}

/** The order is not worked on before a person has looked at it. */
export class OrderNotFitError extends Error {
  override readonly name = 'OrderNotFitError';
}

interface FanOutRow extends OperationState {
  readonly fanOutId: string;
  readonly orderId: string;
  readonly fanOutStatus: FanOutStatus;
  readonly fanOutSpan: unknown;
  readonly requestedAt: Date;
  readonly fanOutFinishedAt: Date | null;
}

const FIT: ReadonlySet<OrderStatus> = new Set(['pending', 'reconciled']);
const FAN_OUT_OF_ORDER = readSql('fan-out-of-order');
const ORDER_TO_FAN_OUT = 'SELECT status, customer_id AS "customerId" FROM orders WHERE id = $1';
const ORIGIN_OF_ORDER = 'SELECT trace_context AS "traceContext" FROM orders WHERE id = $1';
const INSERT_FAN_OUT = `
  INSERT INTO fan_outs (id, order_id, customer_id, trace_context) VALUES ($1, $2, $3, $4)
  ON CONFLICT (order_id) DO NOTHING RETURNING id`;
const INSERT_OPERATIONS = `
  INSERT INTO operations (id, fan_out_id, kind, trace_context)
  SELECT id, $1, kind, $2 FROM unnest($3::uuid[], $4::text[]) AS operation (id, kind)`;

export class FanOutsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Writes a fan-out and its operations, all or nothing, each with the carrier. An order has one fan-out: if several
   * requests arrive, even at once, one of them writes it and all get it.
   *
   * @param traceContext the carrier of the span that fans out.
   * @throws OrderNotFoundError, OrderNotFitError
   */
  async request(orderId: string, traceContext: TraceCarrier | undefined): Promise<RequestedFanOut> {
    return this.dataSource.transaction(async (manager) => {
      const before = await this.find(orderId, manager);
      if (before) return { fanOut: before, replayed: true };
      const replayed = !(await insert(manager, orderId, traceContext));
      const fanOut = await this.find(orderId, manager);
      if (!fanOut) throw new Error('a fan-out was neither written nor found');
      return { fanOut, replayed };
    });
  }

  /** @returns the stored carrier of the span that received the order; undefined if there is no such order. */
  async originOf(orderId: string): Promise<unknown> {
    const [order] = await this.dataSource.query<{ traceContext: unknown }[]>(ORIGIN_OF_ORDER, [orderId]);
    return order?.traceContext;
  }

  async find(
    orderId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<FanOutState | undefined> {
    const rows = await manager.query<FanOutRow[]>(FAN_OUT_OF_ORDER, [orderId]);
    const [first] = rows;
    return (
      first && {
        id: first.fanOutId,
        orderId: first.orderId,
        status: first.fanOutStatus,
        span: first.fanOutSpan,
        requestedAt: first.requestedAt,
        finishedAt: first.fanOutFinishedAt,
        operations: rows.map(operationIn),
      }
    );
  }
}

function operationIn(row: FanOutRow): OperationState {
  const { id, kind, status, attempts, error, undoes, finishedAt, span } = row;
  return { id, kind, status, attempts, error, undoes, finishedAt, span };
}

/** True if the fan-out does not change any more. */
export function hasEnded({ status }: Pick<FanOutState, 'status'>): boolean {
  return status === 'completed' || status === 'failed';
}

/** @returns false if another request was first. Its transaction has been committed by then. */
async function insert(
  manager: EntityManager,
  orderId: string,
  traceContext: TraceCarrier | undefined,
): Promise<boolean> {
  const [order] = await manager.query<{ status: OrderStatus; customerId: string }[]>(ORDER_TO_FAN_OUT, [
    orderId,
  ]);
  if (!order) throw new OrderNotFoundError('there is no order with this id');
  if (!FIT.has(order.status)) {
    throw new OrderNotFitError(`the order is marked as ${order.status}; somebody has to look at it first`);
  }
  const id = uuidv7();
  const carrier = traceContext ?? null;
  const written = await manager.query<unknown[]>(INSERT_FAN_OUT, [id, orderId, order.customerId, carrier]);
  if (written.length === 0) return false;
  await manager.query(INSERT_OPERATIONS, [id, carrier, BRANCH_KINDS.map(() => uuidv7()), BRANCH_KINDS]);
  return true;
}
