-- The newest $1 traces, at most 1,001, each as in trace-summaries.sql. Left joins keep a trace
-- whose root is being deleted at this moment.
--
-- The limit is hidden from the planner and bounded by a known one. Otherwise the planner considers
-- a plan for all parameters more expensive than one for each, and plans again each time, which took
-- as long as the rest (1 ms, November 2026).
SELECT replace(t.trace_id::text, '-', '') AS trace_id, t.start_ns, t.end_ns - t.start_ns AS duration_ns,
  t.span_count, t.error_count, t.link_count, t.backlink_count,
  encode(r.span_id, 'hex') AS root_span_id, t.root_received,
  o.service AS root_service, o.name AS root_name, o.kind AS root_kind, r.status AS root_status,
  coalesce((SELECT (array_agg(DISTINCT service))[1:20] FROM operations WHERE id = ANY (t.operations)), '{}') AS services,
  e.error
FROM (SELECT * FROM traces WHERE start_ns IS NOT NULL ORDER BY start_ns DESC, trace_id DESC LIMIT 1001) t
LEFT JOIN spans r ON r.id = t.root_span
LEFT JOIN operations o ON o.id = r.operation
-- The first error with a message, otherwise the first error.
LEFT JOIN LATERAL (
  SELECT json_build_object('spanId', encode(f.span_id, 'hex'), 'service', fo.service, 'name', fo.name, 'message', f.message) AS error
  FROM (
    SELECT span_id, operation, start_ns, left(coalesce(
      nullif(spans.status_message, ''), jsonb_path_query_first(spans.events, '$[*] ? (@.n == "exception").a."exception.message"') #>> '{}'
    ), 500) AS message
    FROM spans
    WHERE t.error_count > 0 AND trace_id = t.trace_id AND status = 2
  ) f
  JOIN operations fo ON fo.id = f.operation
  ORDER BY f.message IS NULL, f.start_ns, f.span_id
  LIMIT 1
) e ON true
ORDER BY t.start_ns DESC, t.trace_id DESC
LIMIT (SELECT $1::int)
