SELECT DISTINCT replace(journey_id::text, '-', '') AS journey_id FROM journey_traces WHERE trace_id = ANY ($1::uuid[])
