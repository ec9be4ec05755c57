-- A trace that is deleted in slices. Its counts are correct at every commit; its times and
-- operations are those of the whole trace until the end.
UPDATE traces
SET
  span_count = span_count - $2,
  error_count = error_count - $3,
  link_count = link_count - $4,
  bytes = bytes - bytes * $2::int / span_count
WHERE trace_id = $1::uuid
