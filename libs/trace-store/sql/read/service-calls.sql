-- The calls between services in the newest $3 spans that started from $1 to $2. A call has a parent
-- of another service.
--
-- Operations are counted before they are named. The planner expects a handful of rows from the
-- self-join, and named 87,500 rows by reading all operations for each (26 s; counted first, 0.3 s;
-- November 2026).
WITH pairs AS MATERIALIZED (
  SELECT p.operation AS parent, c.operation AS child, count(*) AS count
  FROM (
    SELECT trace_id, parent_span_id, operation FROM spans
    WHERE start_ns >= $1::bigint AND start_ns <= $2::bigint
    ORDER BY start_ns DESC, id DESC LIMIT $3::int
  ) c
  JOIN spans p ON p.trace_id = c.trace_id AND p.span_id = c.parent_span_id
  GROUP BY p.operation, c.operation
)
SELECT po.service AS "from", co.service AS "to", sum(pairs.count)::int AS count
FROM pairs
JOIN operations po ON po.id = pairs.parent
JOIN operations co ON co.id = pairs.child
WHERE po.service <> co.service
GROUP BY po.service, co.service
ORDER BY po.service, co.service
LIMIT 10000
