import type { TraceCarrier } from '@span-links/tracing';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The shipment to the customer of an order. The order's id is the key, so a repeated message ships once. */
@Entity('shipments')
export class Shipment {
  @PrimaryColumn('uuid', { name: 'order_id' })
  orderId!: string;

  /** The quantities of all items together. */
  @Column('int')
  pieces!: number;

  @Column('int')
  parcels!: number;

  /** The carrier of the `process orders` span that prepared the shipment; null without an SDK. */
  @Column('jsonb', { name: 'trace_context', nullable: true })
  traceContext!: TraceCarrier | null;

  @Column('timestamptz', { name: 'prepared_at' })
  preparedAt!: Date;

  /** The time at which the parcels were handed over; null before. */
  @Column('timestamptz', { name: 'dispatched_at', nullable: true })
  dispatchedAt!: Date | null;

  /** The carrier of the `process shipments` span that handed the parcels over. */
  @Column('jsonb', { name: 'dispatch_context', nullable: true })
  dispatchContext!: TraceCarrier | null;
}
