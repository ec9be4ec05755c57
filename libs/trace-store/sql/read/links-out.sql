-- The links ($1[i], $2[i]) = (src, idx) of one span in that order, each with its target. With $3, details.
--
-- $4 id of the span in this store, $5 when it started
SELECT l.src, l.idx, l.flags, l.dropped_attributes, l.trace_state, l.attributes, l.exact,
  replace(l.target_trace_id::text, '-', '') AS end_trace_id, encode(l.target_span_id, 'hex') AS end_span_id,
  x.id = $4::bigint AS is_self,
  same.earlier > 0 AS is_duplicate,
  CASE
    WHEN x.id IS NOT NULL THEN NULL
    WHEN l.target_trace_id IS NULL THEN 'invalid'
    -- Flags of 0 come from senders that do not say; whoever says anything sets a bit.
    WHEN l.flags <> 0 AND l.flags & 1 = 0 THEN 'not_sampled'
    WHEN EXISTS (SELECT FROM evicted_traces e WHERE e.trace_id = l.target_trace_id) THEN 'evicted'
    ELSE 'not_received'
  END AS reason,
  $5::numeric - x.start_ns - x.duration_ns AS gap_ns,
  x.id AS other_id,
  encode(x.parent_span_id, 'hex') AS other_parent_span_id, o.service AS other_service, o.name AS other_name, o.kind AS other_kind,
  x.status AS other_status, x.start_ns AS other_start_ns, x.duration_ns AS other_duration_ns,
  x.link_count AS other_link_count, x.dropped_links AS other_dropped_links, x.exact AS other_exact,
  same.links AS other_backlink_count,
  CASE WHEN $3 THEN x.attributes END AS other_attributes,
  CASE WHEN $3 THEN x.events END AS other_events
FROM unnest($1::bigint[], $2::int[]) WITH ORDINALITY AS asked (src, idx, place)
JOIN links l ON l.src = asked.src AND l.idx = asked.idx
LEFT JOIN spans x ON x.trace_id = l.target_trace_id AND x.span_id = l.target_span_id
LEFT JOIN operations o ON o.id = x.operation
-- All links to the same target: one look at the index for the backlinks and for the duplicates.
CROSS JOIN LATERAL (
  SELECT count(*) AS links, count(*) FILTER (WHERE d.src = l.src AND d.idx < l.idx) AS earlier
  FROM links d WHERE d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
) same
ORDER BY asked.place
