-- Extends the lease of a batch, of the orders that it still holds, and of its run.
--
-- $1 batch id, $2 lease in ms
--
-- An order that another batch took over has that batch's id and is left alone. If the worker slept for longer than a lease,
-- its batch was marked as abandoned. The batch is running again if it still holds orders.
WITH held AS (
  UPDATE orders SET lease_until = now() + $2::int * interval '1 millisecond'
  WHERE batch_id = $1::uuid AND status = 'pending'
  RETURNING id
), batch AS (
  UPDATE batches
  SET lease_until = now() + $2::int * interval '1 millisecond', outcome = 'running', finished_at = NULL
  WHERE id = $1::uuid AND outcome IN ('running', 'abandoned') AND EXISTS (SELECT FROM held)
  RETURNING run_id
), run AS (
  UPDATE runs
  SET lease_until = now() + $2::int * interval '1 millisecond', outcome = 'running', finished_at = NULL
  WHERE id = (SELECT run_id FROM batch) AND outcome IN ('running', 'abandoned')
)
SELECT EXISTS (SELECT FROM held) AS "isHeld"
