-- The fan-out of an order, one row per operation, the first operation first.
--
-- $1 order id
SELECT fan_outs.id AS "fanOutId", fan_outs.order_id AS "orderId", fan_outs.status AS "fanOutStatus", fan_outs.trace_context AS "fanOutSpan",
  fan_outs.requested_at AS "requestedAt", fan_outs.finished_at AS "fanOutFinishedAt",
  operations.id, operations.kind, operations.status, operations.attempts, operations.error, operations.undoes,
  operations.finished_at AS "finishedAt", operation_attempts.trace_context AS span
FROM fan_outs
JOIN operations ON operations.fan_out_id = fan_outs.id
LEFT JOIN operation_attempts ON operation_id = operations.id AND number = operations.attempts
WHERE fan_outs.order_id = $1::uuid
ORDER BY operations.id
