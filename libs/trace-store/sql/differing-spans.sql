-- The incoming spans whose ids belong to a stored span with other content. Spans that a killed
-- process left do not count: a complete copy replaces them. `exact` is read as text because `->>`
-- refuses a document with U+0000 anywhere in it.
SELECT incoming.id
FROM incoming_spans AS incoming
JOIN spans USING (trace_id, span_id)
WHERE spans.id <> incoming.id
  AND (
    spans.operation, spans.duration_ns, spans.status, spans.link_count, spans.parent_span_id, spans.status_message,
    spans.trace_state, spans.attributes, spans.events, substring(spans.exact::text FROM '"startTime":"\d+"')
  ) IS DISTINCT FROM (
    incoming.operation, incoming.duration_ns, incoming.status, incoming.link_count, incoming.parent_span_id,
    incoming.status_message, incoming.trace_state, incoming.attributes, incoming.events, substring(incoming.exact::text FROM '"startTime":"\d+"')
  )
  -- The assumed start of a span without a start depends on when it came in.
  OR spans.id <> incoming.id AND spans.start_ns <> incoming.start_ns AND spans.exact::text ~ '"startTime":"\d+"' IS NOT TRUE
