-- The newest $1 traces, 1,001 at most, each as in trace-summaries.sql. Left joins: one whose root goes this very moment keeps its place.
--
-- The limit is hidden from the planner and bounded by one it knows: else it thinks a plan for all parameters dearer than one for each,
-- and plans anew each time, which took as long as the rest (1 ms, November 2026).
SELECT replace(t.trace_id::text, '-', '') AS trace_id, t.start_ns, t.end_ns - t.start_ns AS duration_ns,
  t.span_count, t.error_count, t.link_count, t.backlink_count,
  encode(r.span_id, 'hex') AS root_span_id, t.root_received,
  o.service AS root_service, o.name AS root_name, o.kind AS root_kind, r.status AS root_status,
  coalesce((SELECT (array_agg(DISTINCT service))[1:20] FROM operations WHERE id = ANY (t.operations)), '{}') AS services
FROM (SELECT * FROM traces WHERE start_ns IS NOT NULL ORDER BY start_ns DESC, trace_id DESC LIMIT 1001) t
LEFT JOIN spans r ON r.id = t.root_span
LEFT JOIN operations o ON o.id = r.operation
ORDER BY t.start_ns DESC, t.trace_id DESC
LIMIT (SELECT $1::int)
