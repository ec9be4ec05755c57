-- The counts of pieces of time: slots $2 to $3 of level $1.
SELECT edge, bucket, sum(count)::float8 AS count, sum(errors)::float8 AS errors, max(most)::float8 AS most
FROM unnest($1::int[], $2::bigint[], $3::bigint[]) AS piece (level, first, last)
JOIN map_counts ON map_counts.level = piece.level AND slot BETWEEN first AND last
GROUP BY edge, bucket
