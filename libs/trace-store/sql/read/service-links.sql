-- The links between services in the newest $3 spans that started from $1 to $2. Counted first, as
-- in service-calls.sql.
WITH pairs AS MATERIALIZED (
  SELECT b.operation AS bearer, t.operation AS target, count(*) AS count
  FROM (
    SELECT id, operation, link_count FROM spans
    WHERE start_ns >= $1::bigint AND start_ns <= $2::bigint
    ORDER BY start_ns DESC, id DESC LIMIT $3::int
  ) b
  JOIN links l ON l.src = b.id
  JOIN spans t ON t.trace_id = l.target_trace_id AND t.span_id = l.target_span_id
  WHERE b.link_count > 0
  GROUP BY b.operation, t.operation
)
SELECT bo.service AS "from", ot.service AS "to", sum(pairs.count)::int AS count
FROM pairs
JOIN operations bo ON bo.id = pairs.bearer
JOIN operations ot ON ot.id = pairs.target
GROUP BY bo.service, ot.service
ORDER BY bo.service, ot.service
LIMIT 10000
