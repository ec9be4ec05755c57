UPDATE span_blocks
SET version = 2, filter = sealed.filter, min_start_ns = sealed.min_start_ns, max_start_ns = sealed.max_start_ns
FROM unnest($1::bigint[], $2::bytea[], $3::bigint[], $4::bigint[]) AS sealed (block, filter, min_start_ns, max_start_ns)
WHERE span_blocks.block = sealed.block AND ($5::boolean OR span_blocks.filter IS NULL OR span_blocks.version < 2)
