-- Traces in the order of their ids in $1; those that are not here are left out. How many there are is hidden from the planner: for one
-- trace it thought a plan of its own cheaper, and planned each time for longer than the rest took.
SELECT replace(t.trace_id::text, '-', '') AS trace_id, t.start_ns, t.end_ns - t.start_ns AS duration_ns,
  t.span_count, t.error_count, t.link_count, t.backlink_count,
  encode(r.span_id, 'hex') AS root_span_id, t.root_received,
  o.service AS root_service, o.name AS root_name, o.kind AS root_kind, r.status AS root_status,
  coalesce((SELECT (array_agg(DISTINCT service))[1:20] FROM operations WHERE id = ANY (t.operations)), '{}') AS services
FROM unnest((SELECT $1::uuid[])) WITH ORDINALITY AS asked (trace_id, place)
JOIN traces t ON t.trace_id = asked.trace_id
JOIN spans r ON r.id = t.root_span
JOIN operations o ON o.id = r.operation
ORDER BY asked.place
