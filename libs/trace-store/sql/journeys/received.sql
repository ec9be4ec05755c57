SELECT replace(trace_id::text, '-', '') AS trace_id, extract(epoch FROM now() - received_at)::float8 * 1000 AS age_ms
FROM traces
WHERE trace_id = ANY ($1::uuid[]) AND received_at IS NOT NULL
