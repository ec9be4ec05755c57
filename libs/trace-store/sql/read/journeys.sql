-- The journeys $1 in the requested order, and the time at which their states are valid.
SELECT replace(j.journey_id::text, '-', '') AS journey_id, j.start_ns, j.total_ns, j.wait_ns, j.trace_count, j.state,
  extract(epoch FROM j.settles_at)::float8 * 1000 AS settles_at_ms,
  extract(epoch FROM j.overdue_at)::float8 * 1000 AS overdue_at_ms,
  extract(epoch FROM now())::float8 * 1000 AS now_ms, j.story
FROM unnest($1::uuid[]) WITH ORDINALITY AS asked (journey_id, place)
JOIN journeys j USING (journey_id)
ORDER BY asked.place
