-- The attributes that `@>` can find with a scalar, once each, of the spans with ids from $1 to below $2. As much of each text as its hash
-- looks at (src/write/attribute-hash.ts): 256 characters are as many UTF-16 units at least.
SELECT DISTINCT
  jsonb_typeof(attribute.value) AS type,
  left(attribute.key, 256) AS key,
  CASE jsonb_typeof(attribute.value)
    WHEN 'string' THEN left(attribute.value #>> '{}', 256)
    ELSE attribute.value #>> '{}'
  END AS value
FROM spans
CROSS JOIN jsonb_each(spans.attributes) AS attribute (key, value)
WHERE spans.id >= $1::bigint AND spans.id < $2::bigint
  AND jsonb_typeof(attribute.value) IN ('string', 'number', 'boolean')
