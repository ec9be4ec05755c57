SELECT line
FROM (
  SELECT
    'span ' || spans.trace_id || encode(spans.span_id, 'hex') AS key,
    -- Not the whole row, because jsonb cannot hold an \u0000 of "exact".
    jsonb_build_object(
      'trace_id', spans.trace_id, 'span_id', spans.span_id, 'parent_span_id', parent_span_id, 'start_ns', start_ns,
      'duration_ns', duration_ns, 'status', status, 'link_count', link_count, 'dropped_links', dropped_links,
      'dropped_attributes', spans.dropped_attributes, 'dropped_events', dropped_events, 'flags', flags,
      'status_message', status_message, 'trace_state', trace_state, 'attributes', spans.attributes, 'events', events,
      'operation', jsonb_build_array(operations.service, operations.name, operations.kind),
      'resource', encode(resources.digest, 'hex'),
      'scope', encode(scopes.digest, 'hex'),
      'exact', spans.exact::text
    ) AS line
  FROM spans
  JOIN operations ON operations.id = spans.operation
  JOIN resources ON resources.id = spans.resource
  JOIN scopes ON scopes.id = spans.scope
  UNION ALL
  SELECT
    'link ' || spans.trace_id || encode(spans.span_id, 'hex') || to_char(links.idx, 'FM00000'),
    jsonb_build_object(
      'src', encode(spans.span_id, 'hex'), 'idx', idx, 'src_trace_id', src_trace_id, 'target_trace_id', target_trace_id,
      'target_span_id', target_span_id, 'flags', links.flags, 'dropped_attributes', links.dropped_attributes,
      'trace_state', links.trace_state, 'attributes', links.attributes, 'exact', links.exact::text
    )
  FROM links
  JOIN spans ON spans.id = links.src
  UNION ALL
  SELECT
    'trace ' || traces.trace_id,
    to_jsonb(traces) - '{root_span,operations,received_at}'::text[] || jsonb_build_object(
      'operations', (
        SELECT jsonb_agg(jsonb_build_array(service, name, kind) ORDER BY service, name, kind)
        FROM operations
        WHERE operations.id = ANY (traces.operations)
      )
    )
  FROM traces
) AS content
ORDER BY key COLLATE "C"
