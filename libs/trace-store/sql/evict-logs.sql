-- The oldest batches: stored longer ago than $1 ms, up to $2 bytes, at most 50 at a time.
WITH oldest AS (
  SELECT id, bytes, sum(bytes) OVER (ORDER BY received_at, id) - bytes AS before
  FROM (
    SELECT id, bytes, received_at
    FROM log_batches
    WHERE received_at < now() - $1 * interval '1 millisecond'
    ORDER BY received_at, id
    LIMIT 50
  ) AS first
), gone AS (
  DELETE FROM log_batches
  USING oldest
  WHERE log_batches.id = oldest.id AND oldest.before < $2::float8
  RETURNING log_batches.id, log_batches.bytes, log_batches.records
), deleted AS (
  DELETE FROM logs WHERE batch IN (SELECT id FROM gone)
)
SELECT count(*)::int AS batches, coalesce(sum(bytes), 0)::float8 AS bytes, coalesce(sum(records), 0)::int AS records FROM gone
