-- Adds the records that are not stored yet as one batch, and says how many those are. Sorted, so that two senders of the same records wait for
-- each other instead of in a circle.
WITH sent AS MATERIALIZED (
  SELECT *
  FROM unnest(
    $1::uuid[], $2::bytea[], $3::bigint[], $4::bigint[], $5::smallint[], $6::text[], $7::text[], $8::text[], $9::jsonb[], $10::int[],
    $11::int[], $12::int[], $13::int[], $14::json[], $15::uuid[], $16::int[]
  ) WITH ORDINALITY AS row (
    trace_id, span_id, time_ns, observed_ns, severity, severity_text, event_name, body, attributes, dropped_attributes, flags, resource,
    scope, exact, digest, bytes, place
  )
), batch AS MATERIALIZED (
  SELECT nextval(pg_get_serial_sequence('log_batches', 'id')) AS id
), added AS (
  INSERT INTO logs (
    batch, idx, trace_id, span_id, time_ns, observed_ns, severity, severity_text, event_name, body, attributes, dropped_attributes,
    flags, resource, scope, exact, digest
  )
  SELECT batch.id, place - 1, trace_id, span_id, time_ns, observed_ns, severity, severity_text, event_name, body, attributes,
    dropped_attributes, flags, resource, scope, exact, digest
  FROM batch, sent
  ORDER BY time_ns, digest
  ON CONFLICT (time_ns, digest) WHERE digest IS NOT NULL DO NOTHING
  RETURNING idx
), counted AS (
  SELECT count(*)::int AS records, coalesce(sum(sent.bytes), 0)::bigint AS bytes
  FROM added
  JOIN sent ON sent.place = added.idx + 1
), noted AS (
  INSERT INTO log_batches (id, bytes, records) OVERRIDING SYSTEM VALUE
  SELECT batch.id, counted.bytes, counted.records FROM batch, counted WHERE counted.records > 0
)
SELECT records, bytes::float8 AS bytes FROM counted
