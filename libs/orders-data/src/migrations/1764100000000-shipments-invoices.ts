import type { MigrationInterface, QueryRunner } from 'typeorm';

// No foreign key to orders, as with fan-outs: orders are deleted in bulk, and these rows are complete without them.
const SHIPMENTS = `
  CREATE TABLE shipments (
    order_id         uuid PRIMARY KEY,
    pieces           int NOT NULL,
    parcels          int NOT NULL,
    trace_context    jsonb,
    prepared_at      timestamptz NOT NULL DEFAULT now(),
    dispatched_at    timestamptz,
    dispatch_context jsonb
  )`;

const INVOICES = `
  CREATE TABLE invoices (
    order_id      uuid PRIMARY KEY,
    customer_id   text NOT NULL,
    currency      text NOT NULL,
    total_cents   bigint NOT NULL,
    trace_context jsonb,
    issued_at     timestamptz NOT NULL DEFAULT now()
  )`;

/** The tables of the message consumers: each order is shipped once and invoiced once. */
export class ShipmentsInvoices1764100000000 implements MigrationInterface {
  name = 'ShipmentsInvoices1764100000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(SHIPMENTS);
    await runner.query(INVOICES);
    // The carrier of the span that published the order. Null in older rows, which were never published.
    await runner.query('ALTER TABLE orders ADD COLUMN message_context jsonb');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN message_context');
    await runner.query('DROP TABLE invoices');
    await runner.query('DROP TABLE shipments');
  }
}
