-- The data of the spans of traces $1 that the journeys' engine needs. For a trace with more than $2
-- spans, only the spans that links, states and stages depend on.
SELECT s.id, replace(t.trace_id::text, '-', '') AS trace_id, encode(s.span_id, 'hex') AS span_id,
  encode(s.parent_span_id, 'hex') AS parent_span_id, s.operation, s.start_ns, s.duration_ns, s.status, s.link_count,
  CASE WHEN s.status = 2 THEN coalesce(
    s.status_message,
    jsonb_path_query_first(s.events, '$[*] ? (@.n == "exception").a."exception.message"') #>> '{}'
  ) END AS message,
  -- Client spans are most of the spans, and their attributes differ from those that their callers
  -- work with.
  CASE WHEN o.kind <> 3 THEN s.attributes END AS attributes
FROM traces t
CROSS JOIN LATERAL (
  SELECT *
  FROM spans
  WHERE trace_id = t.trace_id AND (
    t.span_count <= $2::int OR link_count > 0 OR status = 2 OR parent_span_id IS NULL
    OR (SELECT kind IN (2, 4, 5) FROM operations WHERE operations.id = spans.operation)
  )
  ORDER BY start_ns, id
  LIMIT $2::int
) s
JOIN operations o ON o.id = s.operation
WHERE t.trace_id = ANY ($1::uuid[])
