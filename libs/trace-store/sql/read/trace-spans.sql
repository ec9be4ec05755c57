-- The spans of trace $1 in time order, at most $2. Backlinks are counted in one pass over all
-- backlinks of the trace, not span by span.
SELECT replace(s.trace_id::text, '-', '') AS trace_id, encode(s.span_id, 'hex') AS span_id,
  encode(s.parent_span_id, 'hex') AS parent_span_id, o.service, o.name, o.kind, s.status, s.start_ns, s.duration_ns,
  s.link_count, s.dropped_links, s.exact,
  CASE WHEN s.status = 2 THEN left(coalesce(
    nullif(s.status_message, ''), jsonb_path_query_first(s.events, '$[*] ? (@.n == "exception").a."exception.message"') #>> '{}'
  ), 500) END AS message, coalesce(b.backlink_count, 0) AS backlink_count
FROM (
  SELECT * FROM spans WHERE trace_id = $1::uuid ORDER BY start_ns, span_id LIMIT $2::int
) s
JOIN operations o ON o.id = s.operation
LEFT JOIN (
  SELECT target_span_id, count(*) AS backlink_count FROM links WHERE target_trace_id = $1::uuid GROUP BY target_span_id
) b ON b.target_span_id = s.span_id
ORDER BY s.start_ns, s.span_id
