-- Writes how an operation ended, and its attempt with it. Its row is held by the transaction that this is part of.
--
-- $1 operation id, $2 attempt, $3 status, $4 error or null
WITH finished AS (
  UPDATE operations SET status = $3::text, error = $4::text, finished_at = clock_timestamp() WHERE id = $1::uuid
)
UPDATE operation_attempts SET outcome = $3::text, error = $4::text, finished_at = clock_timestamp()
WHERE operation_id = $1::uuid AND number = $2::int
