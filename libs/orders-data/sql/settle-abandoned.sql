-- Settles the work of dead workers, and tells whether there is anything to do. Batches and runs are marked as abandoned when
-- their lease has expired. Orders are parked if all their attempts ended that way. Orders with attempts left are due again
-- and need nothing.
--
-- $1 most attempts
WITH parked AS (
  UPDATE orders
  SET status = 'failed', lease_until = NULL,
      reason = 'given up after ' || attempts || ' attempts, the last of which never ended' || coalesce('; before: ' || reason, '')
  WHERE status = 'pending' AND attempts >= $1::int AND (lease_until IS NULL OR lease_until <= now())
  RETURNING batch_id
), abandoned_batches AS (
  UPDATE batches
  SET outcome = 'abandoned', finished_at = now(),
      failed = (SELECT count(*) FROM parked WHERE parked.batch_id = batches.id)
  WHERE outcome = 'running' AND lease_until <= now()
), abandoned_runs AS (
  UPDATE runs
  SET outcome = 'abandoned', finished_at = now()
  WHERE outcome = 'running' AND lease_until <= now()
)
SELECT (SELECT count(*)::int FROM parked) AS parked,
       EXISTS (
         SELECT FROM orders
         WHERE status = 'pending' AND (lease_until IS NULL OR lease_until <= now()) AND attempts < $1::int
       ) AS due
