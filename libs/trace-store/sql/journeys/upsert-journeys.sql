-- Unchanged rows are not written again.
INSERT INTO journeys AS known (
  journey_id, start_ns, total_ns, wait_ns, trace_count, state, settles_at, overdue_at, due_at, changed_at, story, hand_offs
)
SELECT
  journey_id, start_ns, total_ns, wait_ns, trace_count, state,
  to_timestamp(settles_at_ms / 1000), to_timestamp(overdue_at_ms / 1000), to_timestamp(due_at_ms / 1000),
  to_timestamp(changed_at_ms / 1000), story, hand_offs
FROM unnest(
  $1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::text[],
  $7::float8[], $8::float8[], $9::float8[], $10::float8[], $11::jsonb[], $12::jsonb[]
) AS computed (
  journey_id, start_ns, total_ns, wait_ns, trace_count, state,
  settles_at_ms, overdue_at_ms, due_at_ms, changed_at_ms, story, hand_offs
)
ON CONFLICT (journey_id) DO UPDATE SET
  start_ns = excluded.start_ns, total_ns = excluded.total_ns, wait_ns = excluded.wait_ns,
  trace_count = excluded.trace_count, state = excluded.state, settles_at = excluded.settles_at,
  overdue_at = excluded.overdue_at, due_at = excluded.due_at, changed_at = excluded.changed_at,
  story = excluded.story, hand_offs = excluded.hand_offs
WHERE (known.state, known.story, known.hand_offs, known.due_at, known.overdue_at)
  IS DISTINCT FROM (excluded.state, excluded.story, excluded.hand_offs, excluded.due_at, excluded.overdue_at)
