SELECT replace(journey_id::text, '-', '') AS journey_id, state, extract(epoch FROM changed_at)::float8 * 1000 AS changed_at_ms,
  extract(epoch FROM settles_at)::float8 * 1000 AS settles_at_ms
FROM journeys
WHERE journey_id = ANY ($1::uuid[])
