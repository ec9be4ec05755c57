-- Keys of attributes of the events of the newest spans that start with $1, most frequent first, at
-- most $2.
SELECT key, count(*)::int AS count
FROM (SELECT events FROM spans ORDER BY start_ns DESC, id DESC LIMIT 2000) s, jsonb_array_elements(s.events) event,
  jsonb_object_keys(event -> 'a') key
WHERE starts_with(lower(key), lower($1))
GROUP BY key ORDER BY count DESC, key LIMIT $2::int
