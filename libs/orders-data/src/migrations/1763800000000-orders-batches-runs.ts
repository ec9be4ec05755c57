import type { MigrationInterface, QueryRunner } from 'typeorm';

const ORDERS = `
  CREATE TABLE orders (
    id                 uuid PRIMARY KEY,
    customer_id        text NOT NULL,
    currency           text NOT NULL,
    items              jsonb NOT NULL,
    stated_total_cents bigint,
    total_cents        bigint,
    status             text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'reconciled', 'discrepancy', 'failed')),
    reason             text,
    trace_context      jsonb,
    idempotency_key    text,
    request_digest     text,
    received_at        timestamptz NOT NULL DEFAULT now(),
    reconciled_at      timestamptz,
    attempts           int NOT NULL DEFAULT 0,
    batch_id           uuid,
    lease_until        timestamptz
  )
  -- Every order is updated twice (claimed, finished). Free space on its page allows HOT updates, which skip the indexes.
  -- Frequent vacuums keep the head of the pending index short.
  WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02)`;

const BATCHES = `
  CREATE TABLE batches (
    id            uuid PRIMARY KEY,
    run_id        uuid NOT NULL,
    worker        text NOT NULL,
    size          int NOT NULL,
    links         int NOT NULL DEFAULT 0,
    links_missing int NOT NULL DEFAULT 0,
    trace_context jsonb,
    outcome       text NOT NULL DEFAULT 'running'
                  CHECK (outcome IN ('running', 'completed', 'failed', 'abandoned')),
    reconciled    int NOT NULL DEFAULT 0,
    discrepancies int NOT NULL DEFAULT 0,
    failed        int NOT NULL DEFAULT 0,
    error         text,
    claimed_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    lease_until   timestamptz NOT NULL
  )`;

const RUNS = `
  CREATE TABLE runs (
    id          uuid PRIMARY KEY,
    trigger     text NOT NULL CHECK (trigger IN ('cron', 'http', 'once')),
    worker      text NOT NULL,
    outcome     text NOT NULL DEFAULT 'running'
                CHECK (outcome IN ('running', 'completed', 'stopped', 'failed', 'abandoned')),
    error       text,
    started_at  timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz,
    lease_until timestamptz NOT NULL
  )`;

/** The tables of the order platform: orders, and the batches and runs that reconcile them. */
export class OrdersBatchesRuns1763800000000 implements MigrationInterface {
  name = 'OrdersBatchesRuns1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(ORDERS);
    await runner.query(`CREATE INDEX orders_pending ON orders (id) WHERE status = 'pending'`);
    await runner.query(
      `CREATE INDEX orders_to_look_at ON orders (status, id) WHERE status IN ('discrepancy', 'failed')`,
    );
    await runner.query(
      `CREATE UNIQUE INDEX orders_idempotency_key ON orders (idempotency_key) WHERE idempotency_key IS NOT NULL`,
    );
    // No foreign key from orders.batch_id: it would add a look-up to every claimed row, and the claiming statement inserts
    // the batch itself.
    await runner.query(BATCHES);
    await runner.query(`CREATE INDEX batches_of_run ON batches (run_id, id)`);
    await runner.query(`CREATE INDEX batches_running ON batches (lease_until) WHERE outcome = 'running'`);
    await runner.query(RUNS);
    await runner.query(`CREATE INDEX runs_running ON runs (lease_until) WHERE outcome = 'running'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE runs');
    await runner.query('DROP TABLE batches');
    await runner.query('DROP TABLE orders');
  }
}
