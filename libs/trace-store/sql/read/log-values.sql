-- Values of attribute $1 of the newest log records that start with $2, most frequent first, at most $3.
SELECT value, count(*)::int AS count
FROM (
  SELECT attributes ->> $1 AS value
  FROM (SELECT attributes FROM logs ORDER BY time_ns DESC, batch DESC, idx DESC LIMIT 2000) l
) v
WHERE length(value) <= 200 AND starts_with(lower(value), lower($2))
GROUP BY value ORDER BY count DESC, value LIMIT $3::int
