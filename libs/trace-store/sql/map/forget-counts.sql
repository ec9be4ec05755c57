-- Deletes counts that are older than the oldest trace.
DELETE FROM map_counts
WHERE (level, slot) IN (
  SELECT level, slot
  FROM (SELECT DISTINCT level, slot FROM map_counts) AS slots
  WHERE slot < (SELECT start_ns FROM traces WHERE start_ns IS NOT NULL ORDER BY start_ns LIMIT 1) / 1000000000 / level
)
