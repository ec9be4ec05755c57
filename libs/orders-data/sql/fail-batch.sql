-- Gives back the orders of a batch that could not be finished. They are due again when their lease has expired, which is
-- also the pause before the next attempt. Orders without an attempt left are parked.
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
