-- Ids of the spans of the traces in $1, at most $2 of each, in time order.
SELECT s.id FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (trace_id, place)
CROSS JOIN LATERAL (
  SELECT id, start_ns, span_id FROM spans WHERE trace_id = asked.trace_id ORDER BY start_ns, span_id LIMIT $2::int
) s
ORDER BY asked.place, s.start_ns, s.span_id
