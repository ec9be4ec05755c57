-- Deletes all but the newest $1 of the entries whose other end never came.
DELETE FROM map_waiting WHERE id <= (SELECT max(id) FROM map_waiting) - $1::bigint
