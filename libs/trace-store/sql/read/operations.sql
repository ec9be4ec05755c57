-- The operations of service $1 with their kinds, in alphabetical order, at most $2. The index has
-- the first 200 characters of a service.
SELECT name, kind FROM operations
WHERE left(service, 200) = left($1, 200) AND service = $1
ORDER BY name, kind
LIMIT $2::int
