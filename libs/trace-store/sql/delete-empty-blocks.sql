-- A transaction that was given ids of a block may still be at work: not before the block belongs to nobody.
DELETE FROM span_blocks
WHERE filter IS NOT NULL AND taken_at < now() - interval '1 hour'
  -- A subquery with a LIMIT, not NOT EXISTS: one look at the index a block, whatever the planner makes of a range.
  AND (SELECT true FROM spans WHERE id >= block * 4096 AND id < (block + 1) * 4096 LIMIT 1) IS NULL
