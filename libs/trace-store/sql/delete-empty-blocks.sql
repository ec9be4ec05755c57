-- A transaction that got ids of a block may still be running, so the block is kept until it has no
-- owner.
DELETE FROM span_blocks
WHERE filter IS NOT NULL AND taken_at < now() - interval '1 hour'
  -- A subquery with a LIMIT, not NOT EXISTS: it reads the index once per block with any plan for a
  -- range.
  AND (SELECT true FROM spans WHERE id >= block * 4096 AND id < (block + 1) * 4096 LIMIT 1) IS NULL
