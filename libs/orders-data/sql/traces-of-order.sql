-- Every span on the path of an order, oldest first. It reads only rows, so it does not depend on a trace backend.
--
-- $1 order id
SELECT kind, consumer, attempt, span, status, error, "startedAt", "finishedAt" FROM (
  SELECT 1 AS step, 'receive-order' AS kind, NULL AS consumer, NULL::int AS attempt, trace_context AS span, status, reason AS error,
    received_at AS "startedAt", NULL::timestamptz AS "finishedAt"
  FROM orders WHERE id = $1::uuid
UNION ALL
  SELECT 2, 'send orders', NULL, NULL, message_context, 'published', NULL, received_at, received_at
  FROM orders WHERE id = $1::uuid AND message_context IS NOT NULL
UNION ALL
  SELECT 3, 'process orders', 'shipping', inbox.attempt, trace_context, 'prepared', NULL, prepared_at, prepared_at
  FROM shipments LEFT JOIN messaging_inbox AS inbox ON consumer = 'orders/shipping' AND message_id = order_id::text
  WHERE order_id = $1::uuid
UNION ALL
  SELECT 3, 'process shipments', 'dispatch', NULL, dispatch_context, 'dispatched', NULL, dispatched_at, dispatched_at
  FROM shipments WHERE order_id = $1::uuid AND dispatched_at IS NOT NULL
UNION ALL
  SELECT 3, 'invoice-order', 'invoicing', inbox.attempt, trace_context, 'issued', NULL, issued_at, issued_at
  FROM invoices LEFT JOIN messaging_inbox AS inbox ON consumer = 'orders/invoicing' AND message_id = order_id::text
  WHERE order_id = $1::uuid
UNION ALL
  -- The last attempt of a consumer that has not handled the order: it is running, it failed, or its process died.
  SELECT 3, 'process orders', split_part(consumer, '/', 2), attempt, carrier, coalesce(outcome, 'unfinished'), error,
    first_at, done_at
  FROM messaging_inbox
  WHERE consumer IN ('orders/shipping', 'orders/invoicing') AND message_id = $1::uuid::text
    AND outcome IS DISTINCT FROM 'done'
UNION ALL
  -- An order that was claimed before this list existed has only its last batch.
  SELECT 4, 'process-batch', NULL, claim.attempt::int, batches.trace_context, batches.outcome, batches.error,
    batches.claimed_at, batches.finished_at
  FROM orders
  CROSS JOIN LATERAL unnest(coalesce(batch_ids, ARRAY[batch_id])) WITH ORDINALITY AS claim (batch_id, attempt)
  JOIN batches ON batches.id = claim.batch_id
  WHERE orders.id = $1::uuid
UNION ALL
  SELECT 5, 'fan-out-order', NULL, NULL, trace_context, status, NULL, requested_at, finished_at
  FROM fan_outs WHERE order_id = $1::uuid
UNION ALL
  SELECT 6, operations.kind, NULL, operation_attempts.number, operation_attempts.trace_context, operation_attempts.outcome,
    operation_attempts.error, operation_attempts.started_at, operation_attempts.finished_at
  FROM fan_outs
  JOIN operations ON operations.fan_out_id = fan_outs.id
  JOIN operation_attempts ON operation_attempts.operation_id = operations.id
  WHERE fan_outs.order_id = $1::uuid
) AS steps
ORDER BY "startedAt", step, kind, consumer, attempt
