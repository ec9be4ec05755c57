-- Gives an operation back for another attempt after a pause, unless another worker has claimed it in the meantime.
--
-- $1 operation id, $2 attempt, $3 error, $4 pause in ms
WITH given_back AS (
  UPDATE operations SET due_at = now() + $4::int * interval '1 millisecond', error = $3::text
  WHERE id = $1::uuid AND attempts = $2::int AND status = 'pending'
  RETURNING id
)
UPDATE operation_attempts SET outcome = 'failed', error = $3::text, finished_at = now()
WHERE operation_id = (SELECT id FROM given_back) AND number = $2::int
