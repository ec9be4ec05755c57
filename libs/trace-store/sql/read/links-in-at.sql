-- The links ($5[i], $6[i]) = (src, idx).
SELECT l.* FROM unnest($5::bigint[], $6::int[]) AS asked (src, idx) JOIN links l ON l.src = asked.src AND l.idx = asked.idx
