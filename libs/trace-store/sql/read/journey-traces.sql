SELECT replace(trace_id::text, '-', '') AS trace_id FROM journey_traces WHERE journey_id = $1::uuid ORDER BY trace_id LIMIT $2
