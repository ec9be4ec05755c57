INSERT INTO map_batch
SELECT id, trace_id, span_id, parent_span_id, operation, start_ns, duration_ns, status = 2, link_count
FROM unnest($1::bigint[], $2::bigint[]) AS taken (first_id, last_id)
JOIN spans ON id BETWEEN first_id AND last_id
