-- One row per target, and one without a target for links without one.
WITH gone AS (
  DELETE FROM links
  WHERE src = ANY ($1::bigint[])
  RETURNING target_trace_id
)
SELECT target_trace_id, count(*)::int AS links
FROM gone
GROUP BY target_trace_id
ORDER BY target_trace_id
