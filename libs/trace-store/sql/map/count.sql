-- Counts the batch. A call or a link counts when its second end does. If the other end is not
-- counted yet, it waits for it.
WITH needs AS (
  SELECT trace_id, parent_span_id AS span_id, 'c'::"char" AS kind, operation, '' AS relation, start_ns, is_error
  FROM map_batch
  WHERE parent_span_id IS NOT NULL
  UNION ALL
  SELECT target_trace_id, target_span_id, 'l', operation, left(coalesce(attributes ->> 'spanlinks.relation', ''), 100), start_ns, is_error
  FROM map_batch
  JOIN links ON src = map_batch.id
  WHERE map_batch.link_count > 0 AND target_trace_id IS NOT NULL
), found AS MATERIALIZED (
  -- Most ends come in together, so the batch is searched first.
  SELECT needs.*, coalesce(own.operation, ended.operation) AS of,
    coalesce(own.start_ns + own.duration_ns, ended.start_ns + ended.duration_ns) AS end_ns
  FROM needs
  LEFT JOIN map_batch AS own ON own.trace_id = needs.trace_id AND own.span_id = needs.span_id
  LEFT JOIN LATERAL (
    SELECT operation, start_ns, duration_ns
    FROM spans
    WHERE own.id IS NULL AND trace_id = needs.trace_id AND span_id = needs.span_id AND coalesce(
      (SELECT last_id FROM map_queue WHERE first_id <= spans.id ORDER BY first_id DESC LIMIT 1), -1
    ) < spans.id
  ) AS ended ON true
), kept AS (
  INSERT INTO map_waiting (trace_id, span_id, kind, operation, relation, start_ns, is_error)
  SELECT trace_id, span_id, kind, operation, relation, start_ns, is_error
  FROM found
  WHERE of IS NULL
), came AS (
  DELETE FROM map_waiting
  USING map_batch AS ended
  WHERE map_waiting.trace_id = ended.trace_id AND map_waiting.span_id = ended.span_id
  RETURNING map_waiting.kind, ended.operation AS of, map_waiting.operation, map_waiting.relation,
    map_waiting.start_ns, ended.start_ns + ended.duration_ns AS end_ns, map_waiting.is_error
), facts AS (
  SELECT kind, of AS a, operation AS b, relation, start_ns,
    CASE kind WHEN 'l' THEN greatest(0, start_ns - end_ns) ELSE 0 END AS ns, is_error
  FROM (
    SELECT kind, of, operation, relation, start_ns, end_ns, is_error FROM found WHERE of IS NOT NULL
    UNION ALL
    SELECT * FROM came
  ) AS met
  UNION ALL
  SELECT 'n', operation, 0, '', start_ns, duration_ns, is_error FROM map_batch
  UNION ALL
  -- A link counts as a microsecond, so the same buckets work for links.
  SELECT 'f', operation, 0, '', start_ns, link_count * 1000::bigint, is_error FROM map_batch WHERE link_count > 0
)
SELECT kind, a, b, relation, start_ns / 60000000000 AS minute,
  CASE WHEN ns < 1000 THEN 0 ELSE floor(ln(ns / 1000.0::float8) / ln(2::float8) * 4 + 1e-9)::int + 1 END AS bucket,
  count(*)::float8 AS count, count(*) FILTER (WHERE is_error)::float8 AS errors, max(ns) AS most
FROM facts
GROUP BY 1, 2, 3, 4, 5, 6
