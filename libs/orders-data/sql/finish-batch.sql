-- Writes the outcome of every order of a batch and of the batch itself, in one statement.
--
-- $1 batch id, then one array per column: $2 order ids, $3 statuses, $4 recomputed totals, $5 reasons
--
-- Writes only orders that this batch still holds. If the lease of an order expired and another batch took the order over,
-- it belongs to that batch. An order that is done stays unchanged.
WITH outcome AS (
  SELECT * FROM unnest($2::uuid[], $3::text[], $4::bigint[], $5::text[]) AS o (id, status, total_cents, reason)
), written AS (
  UPDATE orders
  SET status = outcome.status, total_cents = outcome.total_cents, reason = outcome.reason,
      reconciled_at = now(), lease_until = NULL
  FROM outcome
  -- coalesce() only hides the comparison from the planner. Its statistics say that a batch holds one order, so it compared
  -- every outcome with every order of the batch (10,000 × 10,000: over 30 s instead of 0.15 s, November 2026).
  WHERE orders.id = outcome.id AND coalesce(orders.batch_id = $1::uuid, false) AND orders.status = 'pending'
  RETURNING orders.status
), counted AS (
  SELECT count(*) FILTER (WHERE status = 'reconciled') AS reconciled,
         count(*) FILTER (WHERE status = 'discrepancy') AS discrepancies
  FROM written
)
UPDATE batches
SET outcome = 'completed', finished_at = now(), reconciled = counted.reconciled, discrepancies = counted.discrepancies
FROM counted
WHERE batches.id = $1::uuid
RETURNING batches.reconciled, batches.discrepancies
