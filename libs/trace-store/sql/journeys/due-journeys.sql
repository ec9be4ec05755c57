SELECT replace(journey_id::text, '-', '') AS journey_id FROM journeys WHERE due_at <= now() ORDER BY due_at LIMIT $1
