-- Ids of the spans of trace $1 in time order, at most $4, after the span that started at $2 and has
-- the id $3; from the first span if these are null.
SELECT id, start_ns, span_id FROM spans
WHERE trace_id = $1::uuid AND ($2::bigint IS NULL OR (start_ns, span_id) > ($2::bigint, $3::bytea))
ORDER BY start_ns, span_id
LIMIT $4::int
