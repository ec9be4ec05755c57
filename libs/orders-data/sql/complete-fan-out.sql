-- Closes a fan-out whose branches have all ended. It is completed if none failed. Otherwise, each branch that must be
-- undone gets a compensating operation.
--
-- $1 fan-out id, $2 carrier of the joining span, then one array per column: $3 ids, $4 compensations, $5 kinds that they undo
WITH failed AS (
  SELECT FROM operations WHERE fan_out_id = $1::uuid AND status = 'failed'
), undoing AS (
  INSERT INTO operations (id, fan_out_id, kind, undoes, trace_context)
  SELECT compensation.id, $1::uuid, compensation.kind, operations.id, $2::jsonb
  FROM unnest($3::uuid[], $4::text[], $5::text[]) AS compensation (id, kind, undone_kind)
  JOIN operations ON operations.fan_out_id = $1::uuid AND operations.kind = compensation.undone_kind
  WHERE operations.status = 'done' AND EXISTS (SELECT FROM failed)
  RETURNING id
)
UPDATE fan_outs
SET status = CASE
      WHEN NOT EXISTS (SELECT FROM failed) THEN 'completed'
      WHEN EXISTS (SELECT FROM undoing) THEN 'compensating'
      ELSE 'failed'
    END,
    finished_at = CASE WHEN EXISTS (SELECT FROM undoing) THEN NULL ELSE clock_timestamp() END
WHERE id = $1::uuid
