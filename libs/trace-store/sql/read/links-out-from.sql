-- The links of a span after number $6, at most $7.
SELECT * FROM links WHERE src = (SELECT id FROM own) AND idx > $6::int ORDER BY idx LIMIT $7::int
