INSERT INTO evicted_traces (trace_id, evicted_at)
SELECT trace_id, now()
FROM unnest($1::uuid[]) AS evicted (trace_id)
ORDER BY trace_id
ON CONFLICT (trace_id) DO UPDATE SET evicted_at = excluded.evicted_at
