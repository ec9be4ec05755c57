-- Deleted traces are in no journey any more. Their part of a journey's story stays as long as the
-- journey's first trace is stored.
DELETE FROM journey_traces WHERE trace_id = ANY ($1::uuid[])
