-- Counts `traces` again from spans and links and compares the result; one row per difference.
WITH span_sums AS (
  SELECT
    trace_id,
    min(start_ns) AS start_ns,
    max(start_ns + duration_ns) AS end_ns,
    count(*) AS span_count,
    count(*) FILTER (WHERE status = 2) AS error_count,
    sum(link_count) AS link_count,
    (array_agg(DISTINCT operation ORDER BY operation))[:1000] AS operations,
    (array_agg(id ORDER BY parent_span_id IS NULL DESC, start_ns, span_id))[1] AS root_span,
    bool_or(parent_span_id IS NULL) AS root_received
  FROM spans
  GROUP BY trace_id
),
backlinks AS (
  SELECT target_trace_id AS trace_id, count(*) AS backlink_count
  FROM links
  WHERE target_trace_id IS NOT NULL
  GROUP BY target_trace_id
),
recounted AS (
  SELECT
    trace_id, start_ns, end_ns, coalesce(span_count, 0) AS span_count, coalesce(error_count, 0) AS error_count,
    coalesce(link_count, 0) AS link_count, coalesce(backlink_count, 0) AS backlink_count, root_span,
    coalesce(root_received, false) AS root_received, coalesce(operations, '{}') AS operations,
    span_count IS NOT NULL AS is_received
  FROM span_sums
  FULL JOIN backlinks USING (trace_id)
),
told AS (
  SELECT
    trace_id, start_ns, end_ns, span_count::bigint, error_count::bigint, link_count::numeric, backlink_count::bigint, root_span,
    root_received, operations, received_at IS NOT NULL AS is_received
  FROM traces
)
(SELECT 'recounted' AS side, * FROM recounted EXCEPT SELECT 'recounted', * FROM told)
UNION ALL
(SELECT 'told', * FROM told EXCEPT SELECT 'told', * FROM recounted)
UNION ALL
-- Links without a span, spans whose links are incomplete, and rows that refer to nothing.
SELECT 'dangling: ' || what, trace_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM (
  SELECT 'links of no span' AS what, src_trace_id AS trace_id
  FROM links
  WHERE NOT EXISTS (SELECT FROM spans WHERE spans.id = links.src AND spans.trace_id = links.src_trace_id)
  UNION ALL
  SELECT 'span without all of its links', trace_id
  FROM spans
  -- Counted first: if one span has nearly all links, the links would otherwise be read completely
  -- for each span.
  LEFT JOIN (SELECT src, count(*) AS borne FROM links GROUP BY src) counted ON counted.src = spans.id
  WHERE link_count <> coalesce(borne, 0)
  UNION ALL
  SELECT 'span of an unknown operation, resource or scope', trace_id
  FROM spans
  WHERE operation NOT IN (SELECT id FROM operations)
    OR resource NOT IN (SELECT id FROM resources)
    OR scope NOT IN (SELECT id FROM scopes)
  UNION ALL
  SELECT 'root span that does not fit its row', traces.trace_id
  FROM traces
  LEFT JOIN spans ON spans.id = traces.root_span
  WHERE traces.span_count > 0
    AND (spans.id IS NULL OR spans.span_id <> traces.root_span_id OR spans.start_ns <> traces.root_start_ns)
  UNION ALL
  SELECT 'trace of no size', trace_id
  FROM traces
  WHERE (span_count > 0) <> (bytes > 0)
) AS findings
