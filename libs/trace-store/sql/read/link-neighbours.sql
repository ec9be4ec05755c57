-- The traces that links join to the traces in $1, in both directions, one row per kind of
-- neighbour: the same near trace, side, root operation, or reason why it is missing. A batch of
-- 10,000 links is one row, not 10,000.
--
-- $2 members to name per kind, $3 kinds at most, $4 links at most, $5 the one span (its id in this
-- store) whose links count, or null, $6 traces that are already in the picture and must not be
-- folded
WITH found AS (
  SELECT 'out' AS side, l.src_trace_id AS near, l.target_trace_id AS far, l.flags & 255 <> 0 AND l.flags & 1 = 0 AS unsampled,
    coalesce(l.attributes ->> 'spanlinks.relation', '') AS relation
  FROM spans s JOIN links l ON l.src = s.id
  WHERE s.trace_id = ANY ($1::uuid[]) AND s.link_count > 0 AND ($5::bigint IS NULL OR s.id = $5)
  UNION ALL
  SELECT 'in', l.target_trace_id, l.src_trace_id, false, coalesce(l.attributes ->> 'spanlinks.relation', '')
  FROM links l
  WHERE l.target_trace_id = ANY ($1::uuid[])
    AND ($5::bigint IS NULL OR l.target_span_id = (SELECT span_id FROM spans WHERE id = $5))
  LIMIT $4
), pairs AS (
  SELECT side, near, far, bool_and(unsampled) AS unsampled, relation, count(*) AS links
  FROM found WHERE far IS DISTINCT FROM near
  GROUP BY side, near, far, relation
), neighbours AS (
  SELECT p.side, p.near, p.far, p.relation, p.links, t.start_ns, t.end_ns, t.error_count > 0 AS has_errors,
    r.operation, coalesce(p.far = ANY ($6::uuid[]), false) AS is_known,
    CASE
      WHEN t.trace_id IS NOT NULL THEN NULL
      WHEN p.far IS NULL THEN 'invalid'
      WHEN p.unsampled THEN 'not_sampled'
      WHEN EXISTS (SELECT FROM evicted_traces e WHERE e.trace_id = p.far) THEN 'evicted'
      ELSE 'not_received'
    END AS reason
  FROM pairs p
  LEFT JOIN traces t ON t.trace_id = p.far AND t.start_ns IS NOT NULL
  LEFT JOIN spans r ON r.id = t.root_span
), ranked AS (
  SELECT *, dense_rank() OVER (PARTITION BY side, near, reason, operation, is_known ORDER BY start_ns, far) AS place
  FROM neighbours
), members AS (
  SELECT side, near, reason, operation, is_known, far, jsonb_object_agg(relation, links) AS relations, min(start_ns) AS start_ns
  FROM ranked WHERE place <= $2 AND far IS NOT NULL
  GROUP BY side, near, reason, operation, is_known, far
), named AS (
  SELECT side, near, reason, operation, is_known,
    jsonb_agg(jsonb_build_object('traceId', replace(far::text, '-', ''), 'relations', relations) ORDER BY start_ns, far) AS members
  FROM members GROUP BY side, near, reason, operation, is_known
), related AS (
  SELECT side, near, reason, operation, is_known, jsonb_object_agg(relation, links) AS relations
  FROM (
    SELECT side, near, reason, operation, is_known, relation, sum(links) AS links
    FROM neighbours GROUP BY side, near, reason, operation, is_known, relation
  ) r
  GROUP BY side, near, reason, operation, is_known
), kinds AS (
  SELECT side, near, reason, operation, is_known, count(DISTINCT far) AS trace_count,
    count(DISTINCT far) FILTER (WHERE has_errors) AS error_count, min(start_ns) AS start_ns, max(end_ns) AS end_ns, sum(links) AS links,
    (array_agg(far ORDER BY end_ns - start_ns DESC, start_ns, far))[1] AS slowest,
    (array_agg(far ORDER BY end_ns - start_ns, start_ns, far))[1] AS fastest,
    (array_agg(far ORDER BY CASE side WHEN 'out' THEN end_ns ELSE -start_ns END, far))[1] AS longest_wait,
    (array_agg(far ORDER BY start_ns, far) FILTER (WHERE has_errors))[1:9] AS failed
  FROM neighbours
  GROUP BY side, near, reason, operation, is_known
)
SELECT k.side, replace(k.near::text, '-', '') AS near, k.reason, o.service, o.name, k.trace_count, k.error_count,
  k.start_ns, k.end_ns, k.slowest, k.fastest, k.longest_wait, k.failed, k.links, related.relations, coalesce(named.members, '[]') AS members, count(*) OVER () AS kind_count,
  (SELECT count(*) FROM found) AS links_seen
FROM kinds k
JOIN related ON (related.side, related.near, related.is_known) = (k.side, k.near, k.is_known)
  AND (related.reason, related.operation) IS NOT DISTINCT FROM (k.reason, k.operation)
LEFT JOIN named ON (named.side, named.near, named.is_known) = (k.side, k.near, k.is_known)
  AND (named.reason, named.operation) IS NOT DISTINCT FROM (k.reason, k.operation)
LEFT JOIN operations o ON o.id = k.operation
ORDER BY k.is_known DESC, k.start_ns, k.side, k.near, k.operation
LIMIT $3
