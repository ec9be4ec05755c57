import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { Shipment } from './shipment.entity.ts';

/** A new shipment. */
export interface NewShipment {
  readonly orderId: string;
  readonly pieces: number;
  readonly parcels: number;
  /** The carrier of the span that prepares it. */
  readonly traceContext: TraceCarrier | undefined;
}

const PREPARE = `
  INSERT INTO shipments (order_id, pieces, parcels, trace_context) VALUES ($1, $2, $3, $4)
  ON CONFLICT DO NOTHING RETURNING order_id`;
// TypeORM answers an UPDATE with the rows and their count.
const DISPATCH = `
  UPDATE shipments SET dispatched_at = now(), dispatch_context = $2 WHERE order_id = $1 AND dispatched_at IS NULL`;

export class ShipmentsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Prepares the shipment of an order.
   *
   * @returns false if it was prepared before. Then nothing is written.
   */
  async prepare(
    { orderId, pieces, parcels, traceContext }: NewShipment,
    manager: Pick<EntityManager, 'query'> = this.dataSource,
  ): Promise<boolean> {
    const rows = await manager.query<unknown[]>(PREPARE, [orderId, pieces, parcels, traceContext ?? null]);
    return rows.length > 0;
  }

  /**
   * Marks the parcels of an order as handed over.
   *
   * @param traceContext the carrier of the span that does so.
   * @returns false if there is no such shipment, or if it was dispatched before.
   */
  async dispatch(
    orderId: string,
    traceContext: TraceCarrier | undefined,
    manager: Pick<EntityManager, 'query'> = this.dataSource,
  ): Promise<boolean> {
    const [, changed] = await manager.query<[unknown, number]>(DISPATCH, [orderId, traceContext ?? null]);
    return changed > 0;
  }

  async find(orderId: string): Promise<Shipment | null> {
    return this.dataSource.manager.findOneBy(Shipment, { orderId });
  }

  /** Resolves if the shipments table can be read: the database is up and migrated. */
  async ping(): Promise<void> {
    await this.dataSource.manager.createQueryBuilder(Shipment, 's').select('1').limit(1).getRawOne();
  }
}
