import type { DataSource } from 'typeorm';
import { readSql } from './sql.ts';

/** A span on the path of an order, as its row describes it. */
export interface TrailStep {
  /** The span's name. */
  readonly kind: string;
  /** The group of consumers that handled a message; null for everything else. */
  readonly consumer: string | null;
  /** The attempt, from 1; only for work with retries. */
  readonly attempt: number | null;
  /** Its carrier as stored, not parsed; null if there is none. */
  readonly span: unknown;
  readonly status: string;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
}

const TRACES_OF_ORDER = readSql('traces-of-order');

/** Finds the spans that follow from an order. */
export class OrderTrail {
  constructor(private readonly dataSource: DataSource) {}

  /** Every span of the order's trail, oldest first; empty if there is no such order. */
  async of(orderId: string): Promise<TrailStep[]> {
    return this.dataSource.query<TrailStep[]>(TRACES_OF_ORDER, [orderId]);
  }
}
