-- The links ($1[i], $2[i]) = (src, idx) to one span in that order, each with its bearer. With $3, details.
--
-- $4 id of the span in this store, $5 when it ended
SELECT l.src, l.idx, l.flags, l.dropped_attributes, l.trace_state, l.attributes, l.exact,
  replace(x.trace_id::text, '-', '') AS end_trace_id, encode(x.span_id, 'hex') AS end_span_id,
  x.id = $4::bigint AS is_self,
  EXISTS (
    SELECT FROM links d
    WHERE d.src = l.src AND d.idx < l.idx AND d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
  ) AS is_duplicate,
  NULL AS reason,
  x.start_ns - $5::numeric AS gap_ns,
  x.id AS other_id,
  encode(x.parent_span_id, 'hex') AS other_parent_span_id, o.service AS other_service, o.name AS other_name, o.kind AS other_kind,
  x.status AS other_status, x.start_ns AS other_start_ns, x.duration_ns AS other_duration_ns,
  x.link_count AS other_link_count, x.dropped_links AS other_dropped_links, x.exact AS other_exact,
  (SELECT count(*) FROM links t WHERE t.target_trace_id = x.trace_id AND t.target_span_id = x.span_id) AS other_backlink_count,
  CASE WHEN $3 THEN x.attributes END AS other_attributes,
  CASE WHEN $3 THEN x.events END AS other_events
FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS asked (src, idx, place)
JOIN links l ON l.src = asked.src AND l.idx = asked.idx
JOIN spans x ON x.id = l.src
JOIN operations o ON o.id = x.operation
ORDER BY asked.place
