-- The oldest due entries of the queue, at most $1. They are gone when the transaction commits.
DELETE FROM journey_queue
WHERE (due_at, id) IN (SELECT due_at, id FROM journey_queue WHERE due_at <= now() ORDER BY due_at, id LIMIT $1)
RETURNING replace(trace_id::text, '-', '') AS trace_id
