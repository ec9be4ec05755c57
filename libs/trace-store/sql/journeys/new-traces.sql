-- The traces of $1 that are in no journey.
SELECT replace(trace_id::text, '-', '') AS trace_id
FROM unnest($1::uuid[]) AS given (trace_id)
WHERE NOT EXISTS (SELECT FROM journey_traces WHERE journey_traces.trace_id = given.trace_id)
