-- Reads the hand-offs of the newest journeys, oldest first.
SELECT hand_offs FROM (SELECT hand_offs, start_ns FROM journeys ORDER BY start_ns DESC LIMIT 2000) newest ORDER BY start_ns
