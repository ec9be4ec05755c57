-- Recomputes traces from their spans. Times may have become shorter and operations fewer, which
-- sums and extremes cannot show.
UPDATE traces
SET
  start_ns = counted.start_ns,
  end_ns = counted.end_ns,
  span_count = counted.span_count,
  error_count = counted.error_count,
  link_count = counted.link_count,
  -- The old number still includes the replaced spans.
  bytes = traces.bytes * counted.span_count / traces.span_count,
  operations = counted.operations,
  root_span = counted.root_span,
  root_span_id = counted.root_span_id,
  root_received = counted.root_received,
  root_start_ns = counted.root_start_ns
FROM (
  SELECT
    trace_id,
    min(start_ns) AS start_ns,
    max(start_ns + duration_ns) AS end_ns,
    count(*) AS span_count,
    count(*) FILTER (WHERE status = 2) AS error_count,
    sum(link_count) AS link_count,
    (array_agg(DISTINCT operation ORDER BY operation))[:1000] AS operations,
    (array_agg(id ORDER BY parent_span_id IS NULL DESC, start_ns, span_id))[1] AS root_span,
    (array_agg(span_id ORDER BY parent_span_id IS NULL DESC, start_ns, span_id))[1] AS root_span_id,
    bool_or(parent_span_id IS NULL) AS root_received,
    (array_agg(start_ns ORDER BY parent_span_id IS NULL DESC, start_ns, span_id))[1] AS root_start_ns
  FROM spans
  WHERE trace_id = ANY ($1::uuid[])
  GROUP BY trace_id
) AS counted
WHERE traces.trace_id = counted.trace_id
