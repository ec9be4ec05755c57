-- Keys of attributes of the latest resources that start with $1, most frequent first, at most $2.
SELECT key, count(*)::int AS count
FROM (SELECT attributes FROM resources ORDER BY id DESC LIMIT 2000) r, jsonb_object_keys(r.attributes) key
WHERE starts_with(lower(key), lower($1))
GROUP BY key ORDER BY count DESC, key LIMIT $2::int
