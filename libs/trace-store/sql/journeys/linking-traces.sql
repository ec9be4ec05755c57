-- The traces that link to traces $1.
SELECT DISTINCT replace(src_trace_id::text, '-', '') AS trace_id
FROM links
WHERE target_trace_id = ANY ($1::uuid[]) AND src_trace_id <> target_trace_id
