-- The attributes with one value in each of the traces $1: of its first 50 spans, and of the first
-- 20 links of each of them. The number of ids is hidden from the planner, as for trace-summaries.
SELECT replace(asked.trace_id::text, '-', '') AS trace_id, n.key, min(n.value) AS value
FROM unnest((SELECT $1::uuid[])) AS asked (trace_id)
CROSS JOIN LATERAL (
  SELECT id, attributes FROM spans WHERE trace_id = asked.trace_id ORDER BY start_ns, span_id LIMIT 50
) s
CROSS JOIN LATERAL (
  SELECT e.key, e.value FROM jsonb_each_text(s.attributes) e
  UNION ALL
  SELECT e.key, e.value
  FROM (SELECT attributes FROM links WHERE src = s.id ORDER BY idx LIMIT 20) l, jsonb_each_text(l.attributes) e
) n
WHERE n.value <> '' AND length(n.value) <= 200
GROUP BY asked.trace_id, n.key
HAVING count(DISTINCT n.value) = 1
ORDER BY asked.trace_id, n.key
