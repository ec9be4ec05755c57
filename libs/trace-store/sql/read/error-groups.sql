-- The newest $3 errors that started from $1 to $2, by service, operation, exception and message, the most frequent first. The exception is
-- that of an event of the span or, if it has none, that of its first log record with one.
WITH found AS (
  SELECT trace_id, span_id, operation, start_ns, nullif(status_message, '') AS status_message,
    jsonb_path_query_first(events, '$[*] ? (@.n == "exception").a') AS thrown
  FROM spans
  WHERE status = 2 AND start_ns BETWEEN $1::bigint AND $2::bigint
  ORDER BY start_ns DESC, id DESC
  LIMIT $3
), explained AS (
  SELECT trace_id, span_id, operation, start_ns, left(coalesce(status_message, thrown ->> 'exception.message'), 500) AS message,
    left(thrown ->> 'exception.type', 200) AS exception
  FROM (
    SELECT trace_id, span_id, operation, start_ns, status_message, coalesce(thrown, (
      SELECT attributes
      FROM logs
      WHERE logs.trace_id = found.trace_id AND logs.span_id = found.span_id
        AND attributes ?| ARRAY['exception.type', 'exception.message']
      ORDER BY time_ns
      LIMIT 1
    )) AS thrown
    FROM found
  ) AS spans_with_exceptions
)
SELECT service, name AS operation, exception, message, count(*)::int AS count, min(start_ns) AS first, max(start_ns) AS last,
  (array_agg(replace(trace_id::text, '-', '') ORDER BY start_ns DESC, span_id))[1] AS trace_id,
  (array_agg(encode(span_id, 'hex') ORDER BY start_ns DESC, span_id))[1] AS span_id,
  (SELECT count(*)::int FROM found) AS total
FROM explained
JOIN operations ON operations.id = operation
GROUP BY service, name, exception, message
ORDER BY count(*) DESC, max(start_ns) DESC, service, name
LIMIT $4
