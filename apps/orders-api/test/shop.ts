import pg from 'pg';
import { v7 as uuidv7 } from 'uuid';

/** An order that a test puts into the table. */
export interface OrderRow {
  readonly items?: unknown;
  readonly status?: string;
  readonly customerId?: string;
  readonly traceContext?: unknown;
}

/** An item whose price ends in these cents, which decide the answer of the payment provider. */
export const itemOf = (sku: string, quantity = 1, unitPriceCents = 1_000) => ({
  sku,
  quantity,
  unitPriceCents,
});

/** The tables of a test, seen from outside the app. */
export class Shop {
  private readonly pool: pg.Pool;

  constructor(readonly url: string) {
    this.pool = new pg.Pool({ connectionString: url, max: 4 });
    this.pool.on('error', () => undefined);
  }

  async query<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    const { rows } = await this.pool.query<T>(sql, parameters);
    return rows;
  }

  /** @returns the ids of the orders. */
  async insert(rows: readonly OrderRow[]): Promise<string[]> {
    const ids = rows.map(() => uuidv7());
    await this.pool.query(
      `INSERT INTO orders (id, customer_id, currency, items, status, trace_context)
       SELECT id, customer, 'EUR', items, status, context
       FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[], $5::jsonb[]) AS o (id, customer, items, status, context)`,
      [
        ids,
        rows.map((row) => row.customerId ?? 'customer-1'),
        rows.map((row) => JSON.stringify(row.items ?? [itemOf('A')])),
        rows.map((row) => row.status ?? 'pending'),
        rows.map((row) => (row.traceContext === undefined ? null : JSON.stringify(row.traceContext))),
      ],
    );
    return ids;
  }

  async fanOutStatuses(): Promise<Record<string, number>> {
    const rows = await this.query<{ status: string; count: number }>(
      'SELECT status, count(*)::int FROM fan_outs GROUP BY status',
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  }

  /**
   * The mistakes in the books, in words; empty if they balance. It is valid at any moment, even during work and after
   * kills.
   */
  async imbalances(): Promise<string[]> {
    const [row] = await this.query<{ wrong: string[] }>(IMBALANCES);
    return row?.wrong ?? ['nothing could be read'];
  }

  close(): Promise<void> {
    return this.pool.end();
  }
}

// One statement, because running work changes rows between two.
const IMBALANCES = `
  WITH effects AS (
    SELECT DISTINCT operation_id, 'reserve-stock' AS kind FROM stock_movements WHERE quantity < 0
    UNION ALL SELECT DISTINCT operation_id, 'release-stock' FROM stock_movements WHERE quantity > 0
    UNION ALL SELECT operation_id, CASE entry WHEN 'void' THEN 'void-payment' ELSE 'authorize-payment' END FROM payment_ledger
    UNION ALL SELECT operation_id, 'notify-customer' FROM notifications
    UNION ALL SELECT operation_id, 'score-risk' FROM risk_scores
  ), sums AS (
    SELECT fan_outs.id, fan_outs.status,
      (SELECT count(*) FROM operations WHERE fan_out_id = fan_outs.id) AS operations,
      (SELECT count(*) FROM operations WHERE fan_out_id = fan_outs.id AND status = 'pending') AS pending,
      (SELECT count(*) FROM operations WHERE fan_out_id = fan_outs.id AND status = 'failed') AS failed,
      (SELECT coalesce(sum(quantity), 0) FROM stock_movements JOIN operations ON operation_id = operations.id
       WHERE fan_out_id = fan_outs.id) AS moved,
      (SELECT coalesce(sum((item ->> 'quantity')::int), 0) FROM orders, jsonb_array_elements(items) AS item
       WHERE orders.id = fan_outs.order_id) AS ordered,
      (SELECT coalesce(sum(amount_cents), 0) FROM payment_ledger WHERE order_id = fan_outs.order_id) AS paid,
      (SELECT coalesce(sum((item ->> 'quantity')::int * (item ->> 'unitPriceCents')::int), 0)
       FROM orders, jsonb_array_elements(items) AS item WHERE orders.id = fan_outs.order_id) AS price
    FROM fan_outs
  ), wrong AS (
    SELECT 'stock of ' || sku || ' is off' AS what FROM stock
    WHERE available <> stocked + (SELECT coalesce(sum(quantity), 0) FROM stock_movements WHERE stock_movements.sku = stock.sku)
    UNION ALL
    SELECT 'an effect of ' || effects.kind || ' without an operation that is done' FROM effects
    LEFT JOIN operations ON operations.id = effects.operation_id AND operations.kind = effects.kind AND status = 'done'
    WHERE operations.id IS NULL
    UNION ALL
    SELECT operations.kind || ' is done without an effect' FROM operations
    LEFT JOIN effects ON effects.operation_id = operations.id AND effects.kind = operations.kind
    WHERE status = 'done' AND operations.kind <> 'complete-fan-out' AND effects.operation_id IS NULL
    UNION ALL
    SELECT 'an operation whose attempts are not all told' FROM operations
    WHERE attempts <> (SELECT count(*) FROM operation_attempts WHERE operation_id = operations.id)
    UNION ALL
    SELECT 'a fan-out without its operations' FROM sums WHERE operations < 4
    UNION ALL
    SELECT 'a fan-out that nobody will end' FROM sums WHERE status IN ('running', 'compensating') AND pending = 0
    UNION ALL
    SELECT 'a fan-out that has ended with work left' FROM sums WHERE status IN ('completed', 'failed') AND pending > 0
    UNION ALL
    SELECT 'a completed fan-out that is not what was ordered' FROM sums
    WHERE status = 'completed' AND (failed > 0 OR moved <> -ordered OR paid <> price)
    UNION ALL
    SELECT 'a failed fan-out that has left something' FROM sums
    WHERE status = 'failed' AND (failed = 0 OR moved <> 0 OR paid <> 0)
  )
  SELECT coalesce(array_agg(what), '{}') AS wrong FROM wrong`;
