import type { MigrationInterface, QueryRunner } from 'typeorm';

// No foreign key to orders: orders are deleted in bulk, and a fan-out is complete without its order.
const FAN_OUTS = `
  CREATE TABLE fan_outs (
    id            uuid PRIMARY KEY,
    order_id      uuid NOT NULL UNIQUE,
    customer_id   text NOT NULL,
    status        text NOT NULL DEFAULT 'running'
                  CHECK (status IN ('running', 'completed', 'compensating', 'failed')),
    trace_context jsonb,
    requested_at  timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz
  )`;

// due_at is the end of a lease, or the end of the pause before another attempt. After it, any worker may claim. The number
// of attempts is the fence: only the worker with the last claim may write an outcome.
const OPERATIONS = `
  CREATE TABLE operations (
    id            uuid PRIMARY KEY,
    fan_out_id    uuid NOT NULL REFERENCES fan_outs,
    kind          text NOT NULL
                  CHECK (kind IN ('reserve-stock', 'authorize-payment', 'notify-customer', 'score-risk',
                                  'complete-fan-out', 'release-stock', 'void-payment')),
    undoes        uuid,
    trace_context jsonb,
    status        text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done', 'failed')),
    attempts      int NOT NULL DEFAULT 0,
    due_at        timestamptz NOT NULL DEFAULT now(),
    error         text,
    finished_at   timestamptz,
    UNIQUE (fan_out_id, kind)
  )`;

const OPERATION_ATTEMPTS = `
  CREATE TABLE operation_attempts (
    operation_id  uuid NOT NULL REFERENCES operations,
    number        int NOT NULL,
    trace_context jsonb,
    outcome       text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed', 'abandoned')),
    error         text,
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    PRIMARY KEY (operation_id, number)
  )`;

const STOCK = `
  CREATE TABLE stock (
    sku       text PRIMARY KEY,
    stocked   bigint NOT NULL,
    available bigint NOT NULL CHECK (available BETWEEN 0 AND stocked)
  )`;

// Movements and ledger are append-only and keyed by the operation, so an operation cannot be written twice.
const STOCK_MOVEMENTS = `
  CREATE TABLE stock_movements (
    operation_id uuid NOT NULL,
    sku          text NOT NULL,
    quantity     bigint NOT NULL,
    PRIMARY KEY (operation_id, sku)
  )`;

const PAYMENT_LEDGER = `
  CREATE TABLE payment_ledger (
    operation_id uuid PRIMARY KEY,
    order_id     uuid NOT NULL,
    entry        text NOT NULL CHECK (entry IN ('authorization', 'void')),
    amount_cents bigint NOT NULL,
    currency     text NOT NULL,
    written_at   timestamptz NOT NULL DEFAULT now()
  )`;

const NOTIFICATIONS = `
  CREATE TABLE notifications (
    operation_id uuid PRIMARY KEY,
    order_id     uuid NOT NULL,
    customer_id  text NOT NULL,
    message      text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now()
  )`;

const RISK_SCORES = `
  CREATE TABLE risk_scores (
    operation_id uuid PRIMARY KEY,
    order_id     uuid NOT NULL,
    customer_id  text NOT NULL,
    score        int NOT NULL CHECK (score BETWEEN 0 AND 100),
    earlier      int NOT NULL,
    failed       int NOT NULL,
    scored_at    timestamptz NOT NULL DEFAULT now()
  )`;

const TABLES = ['stock_movements', 'stock', 'payment_ledger', 'notifications', 'risk_scores'];

/** The tables of fan-outs: operations with their attempts, and the books that they write. */
export class FanOuts1764000000000 implements MigrationInterface {
  name = 'FanOuts1764000000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(FAN_OUTS);
    await runner.query('CREATE INDEX fan_outs_of_customer ON fan_outs (customer_id, id)');
    await runner.query(OPERATIONS);
    await runner.query(`CREATE INDEX operations_due ON operations (due_at) WHERE status = 'pending'`);
    await runner.query(OPERATION_ATTEMPTS);
    for (const table of [STOCK, STOCK_MOVEMENTS, PAYMENT_LEDGER, NOTIFICATIONS, RISK_SCORES]) {
      await runner.query(table);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...TABLES, 'operation_attempts', 'operations', 'fan_outs']) {
      await runner.query(`DROP TABLE ${table}`);
    }
  }
}
