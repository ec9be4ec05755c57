-- Ranges of about $1 spans. They are gone when the transaction commits.
DELETE FROM map_queue
WHERE first_id IN (
  SELECT first_id
  FROM (
    SELECT first_id, sum(last_id - first_id + 1) OVER (ORDER BY first_id) - (last_id - first_id + 1) AS before
    FROM (SELECT first_id, last_id FROM map_queue ORDER BY first_id LIMIT 500) AS oldest
  ) AS sums
  WHERE before < $1
)
RETURNING first_id, last_id
