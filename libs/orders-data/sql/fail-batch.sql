-- Gives the orders of a batch that could not be finished back, to be tried again when their lease has run out (it serves as
-- the pause before the next attempt), or parks those that have no attempt left.
--
-- $1 batch id, $2 reason, $3 most attempts
WITH given_back AS (
  UPDATE orders
  SET status = CASE WHEN attempts >= $3::int THEN 'failed' ELSE status END,
      lease_until = CASE WHEN attempts >= $3::int THEN NULL ELSE lease_until END,
      reason = $2::text
  WHERE batch_id = $1::uuid AND status = 'pending'
  RETURNING status
)
UPDATE batches
SET outcome = 'failed', finished_at = now(), error = $2::text,
    failed = (SELECT count(*) FROM given_back WHERE status = 'failed')
WHERE id = $1::uuid AND outcome <> 'completed'
RETURNING failed, (SELECT count(*)::int FROM given_back WHERE status = 'pending') AS "givenBack"
