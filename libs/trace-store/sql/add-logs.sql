WITH batch AS (
  INSERT INTO log_batches (bytes, records) VALUES ($1, $2) RETURNING id
)
INSERT INTO logs (
  batch, idx, trace_id, span_id, time_ns, observed_ns, severity, severity_text, event_name, body, attributes, dropped_attributes,
  flags, resource, scope, exact
)
SELECT batch.id, row.place - 1, row.trace_id, row.span_id, row.time_ns, row.observed_ns, row.severity, row.severity_text, row.event_name,
  row.body, row.attributes, row.dropped_attributes, row.flags, row.resource, row.scope, row.exact
FROM batch, unnest(
  $3::uuid[], $4::bytea[], $5::bigint[], $6::bigint[], $7::smallint[], $8::text[], $9::text[], $10::text[], $11::jsonb[], $12::int[],
  $13::int[], $14::int[], $15::int[], $16::json[]
) WITH ORDINALITY AS row (
  trace_id, span_id, time_ns, observed_ns, severity, severity_text, event_name, body, attributes, dropped_attributes, flags, resource,
  scope, exact, place
)
