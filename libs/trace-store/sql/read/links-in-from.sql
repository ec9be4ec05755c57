-- The links to span $2 of trace $1 after ($5, $6) = (src, idx), at most $7.
SELECT * FROM links
WHERE target_trace_id = $1::uuid AND target_span_id = $2::bytea AND (src, idx) > ($5::bigint, $6::int)
ORDER BY src, idx LIMIT $7::int
