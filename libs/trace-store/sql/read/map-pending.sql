SELECT coalesce(sum(last_id - first_id + 1), 0)::float8 AS spans FROM map_queue
