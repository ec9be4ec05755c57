-- The journey that begins with trace $1, otherwise the newest one that it is part of, and how many
-- it is part of.
SELECT replace(journey_id::text, '-', '') AS journey_id, member_of, story -> 'item' AS item
FROM (
  SELECT journey_id, count(*) OVER () AS member_of
  FROM journey_traces
  JOIN journeys USING (journey_id)
  WHERE trace_id = $1::uuid
  ORDER BY (journey_id = $1::uuid) DESC, start_ns DESC, journey_id
  LIMIT 1
) AS found
JOIN journeys USING (journey_id)
