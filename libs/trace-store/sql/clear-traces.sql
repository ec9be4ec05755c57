-- A trace that others still link to keeps its row, like one that has not been received.
WITH short AS (
  DELETE FROM long_traces WHERE trace_id = ANY ($1::uuid[])
), gone AS (
  DELETE FROM traces
  WHERE trace_id = ANY ($1::uuid[]) AND backlink_count = 0
)
UPDATE traces
SET
  start_ns = NULL, end_ns = NULL, span_count = 0, error_count = 0, link_count = 0, bytes = 0,
  root_span = NULL, root_span_id = NULL, root_received = false, root_start_ns = NULL,
  operations = '{}', received_at = NULL
WHERE trace_id = ANY ($1::uuid[]) AND backlink_count > 0
