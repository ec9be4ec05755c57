-- The links `page` of the span `own`, each with its target, as JSON: parsing a row of many columns
-- cost as much as finding it. They have the order of the index, so the first ones are sent before
-- the last one is found.
--
-- $3 how much of the other ends: 1 also attributes, 2 also events, $4 true to look for duplicates beyond the page
SELECT NULL::json, NULL::json, concat('["', l.src, '",', l.idx, ',', l.flags, ',', l.dropped_attributes, ',',
  coalesce(to_json(l.trace_state)::text, 'null'), ',', coalesce(l.attributes::text, 'null'), ',', coalesce(l.exact::text, 'null'),
  ',"', encode(uuid_send(l.target_trace_id), 'hex'), '","', encode(l.target_span_id, 'hex'), '",',
  CASE WHEN NOT $4::boolean THEN 'null' WHEN (
    -- Reads only the index of targets. With the index of linking spans, the planner might read all
    -- links before this one.
    SELECT bool_or(
      d.src = l.src AND d.idx < l.idx AND d.attributes IS NOT DISTINCT FROM l.attributes
      AND d.exact::text IS NOT DISTINCT FROM l.exact::text
    ) FROM links d
    WHERE d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
  ) THEN 'true' ELSE 'false' END,
  ',', CASE
    WHEN x.id IS NOT NULL THEN concat('["', encode(x.parent_span_id, 'hex'), '",', to_json(o.service), ',', to_json(o.name), ',',
      o.kind, ',', x.status, ',"', x.start_ns, '",', x.duration_ns, ',', x.link_count, ',', x.dropped_links, ',', same.links, ',',
      (SELECT start_ns FROM own)::numeric - x.start_ns - x.duration_ns, ',', coalesce(x.exact::text, 'null'),
      CASE WHEN $3::int > 0 THEN concat(',', coalesce(x.attributes::text, 'null')) END, CASE WHEN $3::int > 1 THEN concat(',', coalesce(x.events::text, 'null')) END, ']')
    WHEN l.target_trace_id IS NULL THEN '"invalid"'
    -- The lower byte holds the W3C flags. All zeros mean unsampled or unknown: Python's exporter fills only the bits above them.
    WHEN l.flags & 255 <> 0 AND l.flags & 1 = 0 THEN '"not_sampled"'
    WHEN EXISTS (SELECT FROM evicted_traces e WHERE e.trace_id = l.target_trace_id) THEN '"evicted"'
    ELSE '"not_received"'
  END, ']') AS link
FROM page l
LEFT JOIN spans x ON x.trace_id = l.target_trace_id AND x.span_id = l.target_span_id
LEFT JOIN operations o ON o.id = x.operation
-- Only columns of the index, so the index alone answers, except for rows since the last VACUUM.
CROSS JOIN LATERAL (
  SELECT count(*) AS links FROM links d WHERE d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
) same
ORDER BY l.idx
