import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** A row of any writer; missing columns are as orders-api would write them. */
export interface OrderRow {
  readonly items?: unknown;
  readonly statedTotalCents?: number | null;
  /** JSON text, so that a test can store JSON that orders-api never writes. */
  readonly traceContext?: string | null;
}

/** The database of a test, seen from outside the app. */
export class OrdersTable {
  private readonly pool: pg.Pool;

  constructor(readonly url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    this.pool.on('error', () => undefined);
  }

  async query<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    const { rows } = await this.pool.query<T>(sql, parameters);
    return rows;
  }

  async insert(rows: readonly OrderRow[]): Promise<string[]> {
    const ids = rows.map(() => uuidv7());
    await this.pool.query(
      `INSERT INTO orders (id, customer_id, currency, items, stated_total_cents, trace_context)
       SELECT id, 'c', 'EUR', items, total, context
       FROM unnest($1::uuid[], $2::jsonb[], $3::bigint[], $4::jsonb[]) AS o (id, items, total, context)`,
      [
        ids,
        rows.map((row) => JSON.stringify(row.items ?? [{ sku: 'A', quantity: 2, unitPriceCents: 50 }])),
        rows.map((row) => row.statedTotalCents ?? null),
        rows.map((row) => row.traceContext ?? null),
      ],
    );
    return ids;
  }

  async statuses(): Promise<Record<string, number>> {
    const rows = await this.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int FROM orders GROUP BY status',
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

/** A different source per index; no id is all zeros. */
export const sourceIds = (index: number) => ({
  traceId: `ab${(index + 1).toString(16).padStart(30, '0')}`,
  spanId: `cd${(index + 1).toString(16).padStart(14, '0')}`,
});

/** The carrier that orders-api would have stored for that source, as JSON text. */
export const carrierText = (index: number, flags = '01') => {
  const { traceId, spanId } = sourceIds(index);
  return JSON.stringify({ traceparent: `00-${traceId}-${spanId}-${flags}` });
};

export const plainOrders = (count: number): OrderRow[] =>
  Array.from({ length: count }, (_, index) => ({ traceContext: carrierText(index), statedTotalCents: 100 }));
