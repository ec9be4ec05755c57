-- The links of the spans in $1, as the linking spans have them.
SELECT src, idx, flags, dropped_attributes, trace_state, attributes, exact,
  replace(target_trace_id::text, '-', '') AS end_trace_id, encode(target_span_id, 'hex') AS end_span_id
FROM links WHERE src = ANY ($1::bigint[])
ORDER BY src, idx
