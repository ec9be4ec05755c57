import type { TraceCarrier } from '@span-links/tracing';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { centsColumn } from './cents-column.ts';

/** The amount that the customer of an order must pay. The order's id is the key, so a repeated message is invoiced once. */
@Entity('invoices')
export class Invoice {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  @Column('text', { name: 'customer_id' })
  customerId!: string;

  /** ISO 4217, three capital letters. */
  @Column('text')
  currency!: string;

  /** In hundredths of the currency. */
  @Column('bigint', { name: 'total_cents', transformer: centsColumn })
  totalCents!: number;

  /** The carrier of the `invoice-order` span; null without an SDK. */
  @Column('jsonb', { name: 'trace_context', nullable: true })
  traceContext!: TraceCarrier | null;

  @Column('timestamptz', { name: 'issued_at' })
  issuedAt!: Date;
}
