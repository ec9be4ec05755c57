-- Keys of attributes of the newest spans that start with $1, the most frequent first, $2 at most.
SELECT key, count(*)::int AS count
FROM (SELECT attributes FROM spans ORDER BY start_ns DESC, id DESC LIMIT 2000) s, jsonb_object_keys(s.attributes) key
WHERE starts_with(lower(key), lower($1))
GROUP BY key ORDER BY count DESC, key LIMIT $2::int
