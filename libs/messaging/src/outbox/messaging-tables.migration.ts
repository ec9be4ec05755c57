import type { MigrationInterface, QueryRunner } from 'typeorm';

// Each row is inserted once and deleted soon after. Frequent vacuums keep the index short.
const OUTBOX = `
  CREATE TABLE messaging_outbox (
    id          uuid PRIMARY KEY,
    destination text NOT NULL,
    key         text,
    body        json NOT NULL,
    headers     json NOT NULL,
    sent_at     timestamptz NOT NULL DEFAULT clock_timestamp()
  )
  WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.1)`;

// One row for each message and consumer. A row is updated twice; free space on its page keeps the updates off the index.
const INBOX = `
  CREATE TABLE messaging_inbox (
    consumer        text NOT NULL,
    message_id      text NOT NULL,
    attempt         int NOT NULL DEFAULT 1,
    carrier         jsonb,
    carrier_attempt int,
    outcome         text CHECK (outcome IN ('done', 'failed', 'dead')),
    error           text,
    first_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    done_at         timestamptz,
    PRIMARY KEY (consumer, message_id)
  )
  WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02)`;

/** Creates the outbox and the inbox. List it in the migrations of a data source. */
export class MessagingTables1764400000000 implements MigrationInterface {
  name = 'MessagingTables1764400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(OUTBOX);
    await runner.query('CREATE INDEX messaging_outbox_by_destination ON messaging_outbox (destination, id)');
    await runner.query(INBOX);
    await runner.query(
      'CREATE INDEX messaging_inbox_done ON messaging_inbox (done_at) WHERE done_at IS NOT NULL',
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE messaging_inbox');
    await runner.query('DROP TABLE messaging_outbox');
  }
}
