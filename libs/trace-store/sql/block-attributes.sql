-- The filter content of a block for the attributes of its spans and their events, once each, for
-- the spans with ids from $1 to below $2. Follows src/write/hash-attributes.ts. Takes as much of
-- each text as its hash uses: 256 characters are at least as many UTF-16 units.
SELECT DISTINCT
  jsonb_typeof(told.value) AS type,
  left(attribute.key, 256) AS key,
  CASE jsonb_typeof(told.value)
    WHEN 'string' THEN left(told.value #>> '{}', 256)
    ELSE told.value #>> '{}'
  END AS value
FROM spans
CROSS JOIN LATERAL (
  SELECT * FROM jsonb_each(spans.attributes)
  UNION ALL
  SELECT own.* FROM jsonb_array_elements(spans.events) AS event, jsonb_each(event -> 'a') AS own
) AS attribute (key, value)
CROSS JOIN LATERAL (
  SELECT attribute.value
  UNION ALL
  SELECT jsonb_array_elements(CASE jsonb_typeof(attribute.value) WHEN 'array' THEN attribute.value ELSE '[]' END)
  UNION ALL
  SELECT to_jsonb(U&'\FFFDlist'::text) WHERE jsonb_typeof(attribute.value) IN ('array', 'object')
) AS told (value)
WHERE spans.id >= $1::bigint AND spans.id < $2::bigint
  AND jsonb_typeof(told.value) IN ('string', 'number', 'boolean')
