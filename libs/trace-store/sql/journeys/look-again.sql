INSERT INTO journey_queue (due_at, trace_id)
SELECT now() + $2 * interval '1 millisecond', trace_id FROM unnest($1::uuid[]) AS again (trace_id)
