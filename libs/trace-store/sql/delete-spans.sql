WITH doomed AS (
  SELECT id
  FROM spans
  WHERE trace_id = ANY ($1::uuid[]) AND ($2::bigint IS NULL OR id <> $2)
  LIMIT $3
)
DELETE FROM spans
USING doomed
WHERE spans.id = doomed.id
RETURNING spans.id, spans.status
