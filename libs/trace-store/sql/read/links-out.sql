-- The links `page` of the span `own`, each with its target, as JSON: a row of many columns cost as much to take apart as to find.
-- Their order is that of the index, so that the first are on their way before the last is found.
--
-- $3 details, $4 whether to look for duplicates beyond the page
SELECT NULL::json, NULL::json, concat('["', l.src, '",', l.idx, ',', l.flags, ',', l.dropped_attributes, ',',
  coalesce(to_json(l.trace_state)::text, 'null'), ',', coalesce(l.attributes::text, 'null'), ',', coalesce(l.exact::text, 'null'),
  ',"', encode(uuid_send(l.target_trace_id), 'hex'), '","', encode(l.target_span_id, 'hex'), '",',
  CASE WHEN NOT $4::boolean THEN 'null' WHEN (
    -- One look at the index of targets; that of bearers would tempt the planner to read all links before this one.
    SELECT bool_or(d.src = l.src AND d.idx < l.idx) FROM links d
    WHERE d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
  ) THEN 'true' ELSE 'false' END,
  ',', CASE
    WHEN x.id IS NOT NULL THEN concat('["', encode(x.parent_span_id, 'hex'), '",', to_json(o.service), ',', to_json(o.name), ',',
      o.kind, ',', x.status, ',"', x.start_ns, '",', x.duration_ns, ',', x.link_count, ',', x.dropped_links, ',', same.links, ',',
      (SELECT start_ns FROM own)::numeric - x.start_ns - x.duration_ns, ',', coalesce(x.exact::text, 'null'),
      CASE WHEN $3::boolean THEN concat(',', coalesce(x.attributes::text, 'null'), ',', coalesce(x.events::text, 'null')) END, ']')
    WHEN l.target_trace_id IS NULL THEN '"invalid"'
    -- Flags of 0 come from senders that do not say; whoever says anything sets a bit.
    WHEN l.flags <> 0 AND l.flags & 1 = 0 THEN '"not_sampled"'
    WHEN EXISTS (SELECT FROM evicted_traces e WHERE e.trace_id = l.target_trace_id) THEN '"evicted"'
    ELSE '"not_received"'
  END, ']') AS link
FROM page l
LEFT JOIN spans x ON x.trace_id = l.target_trace_id AND x.span_id = l.target_span_id
LEFT JOIN operations o ON o.id = x.operation
-- No column but those of the index: it alone answers, but for what came in since the last VACUUM.
CROSS JOIN LATERAL (
  SELECT count(*) AS links FROM links d WHERE d.target_trace_id = l.target_trace_id AND d.target_span_id = l.target_span_id
) same
ORDER BY l.idx
