WITH members AS (DELETE FROM journey_traces WHERE journey_id = ANY ($1::uuid[]))
DELETE FROM journeys WHERE journey_id = ANY ($1::uuid[])
