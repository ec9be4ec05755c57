import type { EntityManager } from 'typeorm';

// Older fan-outs say little, and the limit keeps the query cheap for a customer with a hundred thousand orders.
const HISTORY_MAX = 50;

const SCORE = `
  INSERT INTO risk_scores (operation_id, order_id, customer_id, earlier, failed, score)
  SELECT $1, fan_outs.order_id, fan_outs.customer_id, history.earlier, history.failed,
    -- For an unknown customer, one failure in four is assumed. Known results soon outweigh it.
    round(100 * (history.failed + 1)::numeric / (history.earlier + 4))
  FROM fan_outs
  CROSS JOIN LATERAL (
    SELECT count(*) AS earlier, count(*) FILTER (WHERE status IN ('compensating', 'failed')) AS failed
    FROM (
      SELECT status FROM fan_outs AS other
      WHERE other.customer_id = fan_outs.customer_id AND other.id < fan_outs.id
      ORDER BY other.id DESC
      LIMIT ${HISTORY_MAX}
    ) AS latest
  ) AS history
  WHERE fan_outs.id = $2`;

/** Scores a fan-out's customer from 0 to 100 by how many of their fan-outs before this one failed. */
export async function scoreRisk(
  manager: EntityManager,
  operationId: string,
  fanOutId: string,
): Promise<void> {
  await manager.query(SCORE, [operationId, fanOutId]);
}
