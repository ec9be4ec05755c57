INSERT INTO journey_traces (trace_id, journey_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING
