-- Writes how an operation and its attempt ended. The surrounding transaction has locked the operation's row.
--
-- $1 operation id, $2 attempt, $3 status, $4 error or null
WITH finished AS (
  UPDATE operations SET status = $3::text, error = $4::text, finished_at = clock_timestamp() WHERE id = $1::uuid
)
UPDATE operation_attempts SET outcome = $3::text, error = $4::text, finished_at = clock_timestamp()
WHERE operation_id = $1::uuid AND number = $2::int
