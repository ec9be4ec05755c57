-- The resources and scopes of the spans with ids from $1 to below $2.
SELECT DISTINCT resource, scope FROM spans WHERE id >= $1::bigint AND id < $2::bigint
