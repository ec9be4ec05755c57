-- The links of spans $1, each target once for each message.
SELECT src, replace(target_trace_id::text, '-', '') AS trace_id, encode(target_span_id, 'hex') AS span_id,
  attributes ->> 'spanlinks.relation' AS relation, attributes ->> 'messaging.message.id' AS message_id
FROM links
WHERE src = ANY ($1::bigint[]) AND target_trace_id IS NOT NULL
ORDER BY src, idx
