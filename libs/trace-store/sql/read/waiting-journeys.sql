-- The oldest waiting journeys, grouped by what they wait for.
SELECT from_service, from_operation, to_service, to_operation, count(*)::int AS count, min(since)::text AS oldest,
  (array_agg(replace(journey_id::text, '-', '') ORDER BY since))[1] AS journey_id
FROM (
  SELECT journey_id, story -> 'waitingFor' -> 'after' ->> 'service' AS from_service,
    story -> 'waitingFor' -> 'after' ->> 'operation' AS from_operation,
    story -> 'waitingFor' ->> 'service' AS to_service, story -> 'waitingFor' ->> 'operation' AS to_operation,
    (story -> 'waitingFor' ->> 'since')::bigint AS since
  FROM journeys
  WHERE state = 'waiting'
  ORDER BY start_ns
  LIMIT $1
) AS oldest
WHERE since IS NOT NULL
GROUP BY 1, 2, 3, 4
ORDER BY count(*) DESC
LIMIT 200
