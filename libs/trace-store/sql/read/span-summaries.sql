-- Spans in the order of their ids in $1.
SELECT replace(s.trace_id::text, '-', '') AS trace_id, encode(s.span_id, 'hex') AS span_id,
  encode(s.parent_span_id, 'hex') AS parent_span_id, o.service, o.name, o.kind, s.status, s.start_ns, s.duration_ns,
  s.link_count, s.dropped_links, s.exact,
  CASE WHEN s.status = 2 THEN left(coalesce(
    nullif(s.status_message, ''), jsonb_path_query_first(s.events, '$[*] ? (@.n == "exception").a."exception.message"') #>> '{}'
  ), 500) END AS message,
  (SELECT count(*) FROM links b WHERE b.target_trace_id = s.trace_id AND b.target_span_id = s.span_id) AS backlink_count
FROM unnest($1::bigint[]) WITH ORDINALITY AS asked (id, place)
JOIN spans s ON s.id = asked.id
JOIN operations o ON o.id = s.operation
ORDER BY asked.place
