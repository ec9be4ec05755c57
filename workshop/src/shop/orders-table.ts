import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import pg from 'pg';

/** An order as a customer sends it. */
export interface Order {
  readonly id: string;
  readonly totalCents: number;
}

/** An order as it waits in the database. */
export interface OrderRow extends Order {
  /** The column `trace_context jsonb`: whatever was stored with the order. */
  readonly traceContext: unknown;
}

/** The table `workshop_orders` in Postgres. */
export interface OrdersTable {
  insert(row: OrderRow): Promise<void>;
}

const ID_MAX_CHARACTERS = 100;

/** The table of one run, with what only the workshop does with it. */
export class PostgresOrders implements OrdersTable {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** Opens the table, empty. */
  static async open(databaseUrl: string): Promise<PostgresOrders> {
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    await client.query(`CREATE TEMPORARY TABLE workshop_orders (
      id text PRIMARY KEY, total_cents integer NOT NULL, trace_context jsonb, position serial)`);
    return new PostgresOrders(client);
  }

  async insert({ id, totalCents, traceContext }: OrderRow): Promise<void> {
    if (typeof id !== 'string' || id === '' || id.length > ID_MAX_CHARACTERS)
      throw new TypeError('insert() takes a row with the id of the order');
    await this.#client.query(
      'INSERT INTO workshop_orders (id, total_cents, trace_context) VALUES ($1, $2, $3)',
      [id, totalCents, JSON.stringify(traceContext ?? null)],
    );
  }

  /** All rows in the order of their arrival. No span is active where they are read: this is another process in real life. */
  async rows(): Promise<OrderRow[]> {
    return context.with(ROOT_CONTEXT, async () => {
      const { rows } = await this.#client.query<{ id: string; total_cents: number; trace_context: unknown }>(
        'SELECT id, total_cents, trace_context FROM workshop_orders ORDER BY position',
      );
      return rows.map((row) => ({
        id: row.id,
        totalCents: row.total_cents,
        traceContext: row.trace_context,
      }));
    });
  }

  async close(): Promise<void> {
    await this.#client.end();
  }
}
