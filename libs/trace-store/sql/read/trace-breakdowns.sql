-- Spans of the traces in $1 by service, from at most $2 spans of each: how many there are, how many
-- failed, and how many have a missing parent.
SELECT replace(asked.trace_id::text, '-', '') AS trace_id, o.service, count(*)::int AS span_count,
  count(*) FILTER (WHERE s.status = 2)::int AS error_count,
  count(*) FILTER (WHERE s.parent_span_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM spans p WHERE p.trace_id = asked.trace_id AND p.span_id = s.parent_span_id
  ))::int AS orphan_count
FROM unnest((SELECT $1::uuid[])) AS asked (trace_id)
CROSS JOIN LATERAL (
  SELECT operation, status, parent_span_id FROM spans WHERE trace_id = asked.trace_id LIMIT $2::int
) s
JOIN operations o ON o.id = s.operation
GROUP BY asked.trace_id, o.service
ORDER BY asked.trace_id, o.service COLLATE "C"
