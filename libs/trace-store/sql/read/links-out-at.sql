-- The links of a span with the numbers in $6.
SELECT l.* FROM unnest($6::int[]) AS asked (idx) JOIN links l ON l.src = (SELECT id FROM own) AND l.idx = asked.idx
