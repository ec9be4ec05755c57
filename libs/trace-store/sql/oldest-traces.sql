-- Rows that a writer is working on are left for later. The lock ensures that the deletion, a later
-- statement, sees every span that the counts of these rows include: a writer of a span needs the
-- lock of the trace's row.
SELECT trace_id, start_ns, span_count, bytes, root_span
FROM traces
WHERE received_at IS NOT NULL AND received_at < now() - $1 * interval '1 millisecond'
ORDER BY received_at, trace_id
LIMIT $2
FOR UPDATE SKIP LOCKED
