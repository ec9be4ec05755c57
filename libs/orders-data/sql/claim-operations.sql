-- Claims due operations, the longest due first, and begins an attempt at each. An attempt that is still marked as running
-- died with its worker, and is marked as dead.
--
-- $1 most operations, $2 lease in ms
--
-- An operation is locked while its outcome is written, and is skipped even if its lease has expired.
WITH due AS (
  SELECT id FROM operations
  WHERE status = 'pending' AND due_at <= now()
  ORDER BY due_at
  LIMIT $1::int
  FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE operations
  SET attempts = operations.attempts + 1, due_at = now() + $2::int * interval '1 millisecond'
  WHERE operations.id = ANY (ARRAY(SELECT id FROM due))
  RETURNING operations.*
), abandoned AS (
  UPDATE operation_attempts
  SET outcome = 'abandoned', finished_at = now()
  FROM claimed
  WHERE operation_attempts.operation_id = claimed.id AND operation_attempts.number = claimed.attempts - 1
    AND operation_attempts.outcome = 'running'
), begun AS (
  INSERT INTO operation_attempts (operation_id, number) SELECT id, attempts FROM claimed
)
SELECT claimed.id, claimed.kind, claimed.fan_out_id AS "fanOutId", fan_outs.order_id AS "orderId",
  claimed.attempts AS attempt, claimed.trace_context AS "askedBy", claimed.undoes,
  (SELECT trace_context FROM operation_attempts
   WHERE operation_id = claimed.id AND number = claimed.attempts - 1) AS "previousAttempt",
  (SELECT operation_attempts.trace_context
   FROM operations JOIN operation_attempts ON operation_id = operations.id AND number = operations.attempts
   WHERE operations.id = claimed.undoes) AS "undoneSpan"
FROM claimed JOIN fan_outs ON fan_outs.id = claimed.fan_out_id
