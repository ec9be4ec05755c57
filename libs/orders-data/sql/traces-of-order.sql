-- Every span that an order's trail leads through, oldest first. From rows alone: what a backend has kept does not matter.
--
-- $1 order id
SELECT kind, attempt, span, status, error, "startedAt", "finishedAt" FROM (
  SELECT 1 AS step, 'receive-order' AS kind, NULL::int AS attempt, trace_context AS span, status, reason AS error,
    received_at AS "startedAt", NULL::timestamptz AS "finishedAt"
  FROM orders WHERE id = $1::uuid
UNION ALL
  -- An order that was claimed before all its batches were listed knows the last one only.
  SELECT 2, 'process-batch', claim.attempt::int, batches.trace_context, batches.outcome, batches.error,
    batches.claimed_at, batches.finished_at
  FROM orders
  CROSS JOIN LATERAL unnest(coalesce(batch_ids, ARRAY[batch_id])) WITH ORDINALITY AS claim (batch_id, attempt)
  JOIN batches ON batches.id = claim.batch_id
  WHERE orders.id = $1::uuid
UNION ALL
  SELECT 3, 'fan-out-order', NULL, trace_context, status, NULL, requested_at, finished_at
  FROM fan_outs WHERE order_id = $1::uuid
UNION ALL
  SELECT 4, operations.kind, operation_attempts.number, operation_attempts.trace_context, operation_attempts.outcome,
    operation_attempts.error, operation_attempts.started_at, operation_attempts.finished_at
  FROM fan_outs
  JOIN operations ON operations.fan_out_id = fan_outs.id
  JOIN operation_attempts ON operation_attempts.operation_id = operations.id
  WHERE fan_outs.order_id = $1::uuid
) AS steps
ORDER BY "startedAt", step, kind, attempt
