SELECT replace(journey_id::text, '-', '') AS journey_id, replace(trace_id::text, '-', '') AS trace_id
FROM journey_traces
WHERE journey_id = ANY ($1::uuid[])
