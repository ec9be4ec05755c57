-- Spans of trace $1 whose attributes, events or messages contain all words of $2, which are in
-- lower case; at most $3.
SELECT encode(span_id, 'hex') AS span_id
FROM spans
CROSS JOIN LATERAL (
  SELECT lower(concat_ws(E'\n', status_message, attributes::text, events::text)) AS read
) AS own
WHERE trace_id = $1::uuid AND (SELECT bool_and(position(word IN own.read) > 0) FROM unnest($2::text[]) AS word)
ORDER BY start_ns, span_id
LIMIT $3
