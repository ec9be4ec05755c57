-- Keys of attributes of the latest scopes that start with $1, most frequent first, at most $2.
SELECT key, count(*)::int AS count
FROM (SELECT attributes FROM scopes ORDER BY id DESC LIMIT 2000) c, jsonb_object_keys(c.attributes) key
WHERE starts_with(lower(key), lower($1))
GROUP BY key ORDER BY count DESC, key LIMIT $2::int
