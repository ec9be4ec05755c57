-- Spans that a killed process left as interrupted, although a complete copy is among the incoming
-- ones. Their owner seemed dead but ended them after all. See spanlinks.interrupted in
-- libs/tracing.
DELETE FROM spans
USING incoming_spans AS incoming
WHERE spans.trace_id = incoming.trace_id
  AND spans.span_id = incoming.span_id
  AND spans.id <> incoming.id
  AND spans.status = 2
  AND spans.status_message = 'interrupted'
  AND spans.attributes @> '{"spanlinks.interrupted": true}'
  AND incoming.status_message IS DISTINCT FROM 'interrupted'
RETURNING spans.id, spans.trace_id
