DELETE FROM evicted_traces
WHERE evicted_at < (
  SELECT evicted_at
  FROM evicted_traces
  ORDER BY evicted_at DESC
  OFFSET $1
  LIMIT 1
)
