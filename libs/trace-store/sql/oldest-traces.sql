-- What a writer is at work on is left for later. The lock makes sure that the deletion, a later statement, sees every span that the
-- counts of these rows include: who stores a span has to come through the trace's row.
SELECT trace_id, start_ns, span_count, bytes, root_span
FROM traces
WHERE received_at IS NOT NULL AND received_at < now() - $1 * interval '1 millisecond'
ORDER BY received_at, trace_id
LIMIT $2
FOR UPDATE SKIP LOCKED
