-- The links `page` to the span `own`, each with its linking span, as JSON in the form of
-- links-out.sql. None if that span is not stored.
--
-- $3 how much of the other ends: 1 also attributes, 2 also events, $4 true to look for duplicates beyond the page
SELECT NULL::json, NULL::json, concat('["', l.src, '",', l.idx, ',', l.flags, ',', l.dropped_attributes, ',',
  coalesce(to_json(l.trace_state)::text, 'null'), ',', coalesce(l.attributes::text, 'null'), ',', coalesce(l.exact::text, 'null'),
  ',"', encode(uuid_send(x.trace_id), 'hex'), '","', encode(x.span_id, 'hex'), '",',
  CASE WHEN NOT $4::boolean THEN 'null' WHEN (
    SELECT bool_or(
      d.target_trace_id = $1::uuid AND d.target_span_id = $2::bytea AND d.attributes IS NOT DISTINCT FROM l.attributes
      AND d.exact::text IS NOT DISTINCT FROM l.exact::text
    ) FROM links d WHERE d.src = l.src AND d.idx < l.idx
  ) THEN 'true' ELSE 'false' END,
  ',["', encode(x.parent_span_id, 'hex'), '",', to_json(o.service), ',', to_json(o.name), ',', o.kind, ',', x.status, ',"',
  x.start_ns, '",', x.duration_ns, ',', x.link_count, ',', x.dropped_links, ',', same.links, ',',
  x.start_ns - own.end_ns, ',', coalesce(x.exact::text, 'null'),
  CASE WHEN $3::int > 0 THEN concat(',', coalesce(x.attributes::text, 'null')) END, CASE WHEN $3::int > 1 THEN concat(',', coalesce(x.events::text, 'null')) END,
  ']]') AS link
FROM page l
CROSS JOIN own
JOIN spans x ON x.id = l.src
JOIN operations o ON o.id = x.operation
CROSS JOIN LATERAL (
  SELECT count(*) AS links FROM links d WHERE d.target_trace_id = x.trace_id AND d.target_span_id = x.span_id
) same
ORDER BY l.src, l.idx
