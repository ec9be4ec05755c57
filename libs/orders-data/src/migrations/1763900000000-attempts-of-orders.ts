import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Every batch that ever held an order, first attempt first: a retry links to the one before, and the way forward lists them all. */
export class AttemptsOfOrders1763900000000 implements MigrationInterface {
  name = 'AttemptsOfOrders1763900000000';

  async up(runner: QueryRunner): Promise<void> {
    // Null until the first claim: no row is rewritten, and what is received stays as small as it was.
    await runner.query('ALTER TABLE orders ADD COLUMN batch_ids uuid[]');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE orders DROP COLUMN batch_ids');
  }
}
