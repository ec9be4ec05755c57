-- Journeys of the messages that crossed links of the map: of the newest $6 spans with such links,
-- at most $7.
WITH pairs AS (
  -- Operations of one name and several kinds are one node of the map.
  SELECT same.a, same.b, same.relation
  FROM map_edges AS given
  JOIN operations AS given_a ON given_a.id = given.a
  JOIN operations AS given_b ON given_b.id = given.b
  JOIN map_edges AS same ON same.kind = 'l' AND same.relation = given.relation
  JOIN operations AS same_a ON same_a.id = same.a AND (same_a.service, same_a.name) = (given_a.service, given_a.name)
  JOIN operations AS same_b ON same_b.id = same.b AND (same_b.service, same_b.name) = (given_b.service, given_b.name)
  WHERE given.id = ANY ($1::int[]) AND given.kind = 'l'
), linking AS MATERIALIZED (
  SELECT spans.id, spans.operation, spans.start_ns
  FROM spans
  WHERE operation = ANY (ARRAY(SELECT b FROM pairs)) AND link_count > 0 AND start_ns BETWEEN $2::bigint AND $3::bigint
  ORDER BY start_ns DESC
  LIMIT $6
), crossed AS (
  SELECT ended.trace_id
  FROM linking
  JOIN links ON links.src = linking.id
  JOIN spans AS ended ON ended.trace_id = links.target_trace_id AND ended.span_id = links.target_span_id
  WHERE (ended.operation, linking.operation, left(coalesce(links.attributes ->> 'spanlinks.relation', ''), 100))
      IN (SELECT a, b, relation FROM pairs)
    AND greatest(0, linking.start_ns - ended.start_ns - ended.duration_ns) BETWEEN $4::bigint AND $5::bigint
  LIMIT $7
)
SELECT DISTINCT journey_id::text FROM crossed JOIN journey_traces USING (trace_id) LIMIT $7
