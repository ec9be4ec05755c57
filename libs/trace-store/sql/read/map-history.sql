-- The counts in slots $2, in columns of $4 slots, of edges $3. One look-up per slot and edge is
-- faster than a walk past all edges.
SELECT edge, ((slot - ($2::bigint[])[1]) / $4::int)::int AS place, bucket, sum(count)::float8 AS count
FROM map_counts
WHERE level = $1::int AND slot = ANY ($2::bigint[]) AND edge = ANY ($3::int[])
GROUP BY 1, 2, 3
