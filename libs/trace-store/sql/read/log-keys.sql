-- Keys of attributes of the newest log records that start with $1, most frequent first, at most $2.
SELECT key, count(*)::int AS count
FROM (SELECT attributes FROM logs ORDER BY time_ns DESC, batch DESC, idx DESC LIMIT 2000) l, jsonb_object_keys(l.attributes) key
WHERE starts_with(lower(key), lower($1))
GROUP BY key ORDER BY count DESC, key LIMIT $2::int
