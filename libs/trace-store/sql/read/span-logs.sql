-- The first $3 log records of each of the spans that $1 and $2 name, in time order.
SELECT replace(l.trace_id::text, '-', '') AS trace_id, encode(l.span_id, 'hex') AS span_id, l.time_ns, l.observed_ns, l.severity,
  l.severity_text, l.event_name, l.body, l.attributes, l.dropped_attributes, l.flags, l.exact, r.service, c.name AS scope,
  l.batch, l.idx
FROM unnest($1::uuid[], $2::bytea[]) AS asked (trace_id, span_id)
CROSS JOIN LATERAL (
  SELECT *
  FROM logs
  WHERE logs.trace_id = asked.trace_id AND logs.span_id = asked.span_id
  ORDER BY time_ns, batch, idx
  LIMIT $3
) AS l
JOIN resources r ON r.id = l.resource
JOIN scopes c ON c.id = l.scope
ORDER BY l.time_ns, l.batch, l.idx
