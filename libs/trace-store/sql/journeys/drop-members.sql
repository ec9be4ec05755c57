DELETE FROM journey_traces
USING unnest($1::uuid[], $2::uuid[]) AS gone (trace_id, journey_id)
WHERE journey_traces.trace_id = gone.trace_id AND journey_traces.journey_id = gone.journey_id
