import type { DataSource } from 'typeorm';
import { readSql } from './sql.ts';

/** A span on the way of an order, as its row tells it. */
export interface TrailStep {
  /** The span's name. */
  readonly kind: string;
  /** Which attempt it was, from 1, of what may be tried again. */
  readonly attempt: number | null;
  /** Its carrier as it was stored, unread; null where none was. */
  readonly span: unknown;
  readonly status: string;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const TRACES_OF_ORDER = readSql('traces-of-order');

/** Finds the way forward from an order. */
export class OrderTrail {
  constructor(private readonly dataSource: DataSource) {}

  /** Every span that the order's trail leads through, oldest first; empty where there is no such order. */
  async of(orderId: string): Promise<TrailStep[]> {
    return this.dataSource.query<TrailStep[]>(TRACES_OF_ORDER, [orderId]);
  }
}
