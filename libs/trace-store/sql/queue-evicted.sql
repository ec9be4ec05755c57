-- The upkeep of journeys ends those that began with these traces.
INSERT INTO journey_queue (due_at, trace_id)
SELECT DISTINCT now(), trace_id FROM journey_traces WHERE trace_id = ANY ($1::uuid[])
