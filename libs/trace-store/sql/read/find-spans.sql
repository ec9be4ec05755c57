-- Spans of trace $1 whose attributes, events, messages or log records contain all words of $2, which
-- are in lower case; at most $3. A trace has few log records, so one pass gathers them.
WITH logged AS MATERIALIZED (
  SELECT span_id, string_agg(lower(concat_ws(E'\n', event_name, body, attributes::text)), E'\n') AS read
  FROM (SELECT * FROM logs WHERE trace_id = $1::uuid AND span_id IS NOT NULL LIMIT 50000) l
  GROUP BY span_id
)
SELECT encode(span_id, 'hex') AS span_id
FROM spans
LEFT JOIN logged USING (span_id)
CROSS JOIN LATERAL (
  SELECT concat_ws(E'\n', lower(concat_ws(E'\n', status_message, attributes::text, events::text)), logged.read) AS read
) AS own
WHERE trace_id = $1::uuid AND (SELECT bool_and(position(word IN own.read) > 0) FROM unnest($2::text[]) AS word)
ORDER BY start_ns, span_id
LIMIT $3
