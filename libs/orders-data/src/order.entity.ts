import type { TraceCarrier } from '@span-links/tracing';
import { currentTraceContext, TraceContextColumn } from '@span-links/tracing/typeorm';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { centsColumn } from './cents-column.ts';

/**
 * - `pending`: received, not yet reconciled; a batch may be working on it.
 * - `reconciled`: its stated total (if any) is that of its items.
 * - `discrepancy`: it is wrong and a person must look at it; `reason` says how.
 * - `failed`: given up after the most attempts; `reason` says why.
 */
export type OrderStatus = 'pending' | 'reconciled' | 'discrepancy' | 'failed';

export const ORDER_STATUSES: readonly OrderStatus[] = ['pending', 'reconciled', 'discrepancy', 'failed'];

/** One line of an order. */
export interface OrderItem {
  sku: string;
  quantity: number;
  /** In hundredths of the order's currency. */
  unitPriceCents: number;
}

/** An order as received, its outcome, and the trace context of the span that received it. */
@Entity('orders')
export class Order {
  /** UUID v7: the order of ids is the order of arrival, to the millisecond. */
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  /** ISO 4217, three capital letters. */
  @Column('text')
  currency!: string;

  @Column('jsonb')
  items!: OrderItem[];

  /** The total that the customer stated, if they did. */
  @Column('bigint', { name: 'stated_total_cents', nullable: true, transformer: centsColumn })
  statedTotalCents!: number | null;

  /** The total recomputed from the items; null until the order was reconciled. */
  @Column('bigint', { name: 'total_cents', nullable: true, transformer: centsColumn })
  totalCents!: number | null;

  @Column('text')
  status!: OrderStatus;

  @Column('text', { nullable: true })
  reason!: string | null;

  /** The carrier of `receive-order`; null without an SDK. */
  @TraceContextColumn({ name: 'trace_context' })
  traceContext: TraceCarrier | null = currentTraceContext();

  /** The carrier of `send orders`; null if the order was not published, or without an SDK. */
  @Column('jsonb', { name: 'message_context', nullable: true })
  messageContext!: TraceCarrier | null;

  @Column('text', { name: 'idempotency_key', nullable: true })
  idempotencyKey!: string | null;

  /** A digest of the request. It distinguishes a repeated request from a different one under the same key. */
  @Column('text', { name: 'request_digest', nullable: true })
  requestDigest!: string | null;

  @Column({ type: 'timestamptz', name: 'received_at', insert: false })
  receivedAt!: Date;

  @Column('timestamptz', { name: 'reconciled_at', nullable: true })
  reconciledAt!: Date | null;

  @Column({ type: 'int', insert: false })
  attempts!: number;

  /** The batch that claimed the order last: once it is done, the one that reconciled it. */
  @Column('uuid', { name: 'batch_id', nullable: true })
  batchId!: string | null;

  /** Every batch that held it, first attempt first; null until the first claim. */
  @Column({ type: 'uuid', name: 'batch_ids', array: true, nullable: true, insert: false })
  batchIds!: string[] | null;

  /** The end of the claim; null without a claim. */
  @Column('timestamptz', { name: 'lease_until', nullable: true })
  leaseUntil!: Date | null;
}
