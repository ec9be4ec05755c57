-- The operations of the spans with ids from $1 to below $2.
SELECT id, service
FROM operations
WHERE id IN (SELECT operation FROM spans WHERE id >= $1::bigint AND id < $2::bigint)
