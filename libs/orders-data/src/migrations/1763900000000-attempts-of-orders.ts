import type { MigrationInterface, QueryRunner } from 'typeorm';

/** All batches that held an order, first attempt first. A retry links to the one before, and the order's trail lists them. */
export class AttemptsOfOrders1763900000000 implements MigrationInterface {
  name = 'AttemptsOfOrders1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    // Null until the first claim, so that no row is rewritten and new rows stay small.
    await runner.query('ALTER TABLE orders ADD COLUMN batch_ids uuid[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN batch_ids');
  }
}
