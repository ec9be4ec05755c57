UPDATE traces
SET backlink_count = backlink_count - lost.links
FROM unnest($1::uuid[], $2::int[]) AS lost (trace_id, links)
WHERE traces.trace_id = lost.trace_id
