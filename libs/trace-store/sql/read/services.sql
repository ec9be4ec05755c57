-- The services in alphabetical order, at most $1, each with at most $2 of its operations.
SELECT service, (array_agg(name ORDER BY name))[1:$2::int] AS operations
FROM (SELECT DISTINCT service, name FROM operations) o
GROUP BY service
ORDER BY service
LIMIT $1::int
