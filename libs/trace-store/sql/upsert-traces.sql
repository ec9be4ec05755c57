-- The changes of a group of new spans and links. Sums and extremes give the same rows for any order
-- of groups. The span that represents the trace is the first by (has no parent, start, span id).
--
-- Traces that may be part of a journey are queued for it in the same transaction: traces with
-- links, and traces that send something that may be waited for. They are due a second later,
-- because more of their spans are likely to come.
WITH delta AS (
  SELECT *
  FROM unnest(
    $1::uuid[], $2::bigint[], $3::bigint[], $4::int[], $5::int[], $6::int[], $7::int[], $8::bigint[],
    $9::bigint[], $10::bytea[], $11::boolean[], $12::bigint[], $13::text[], $14::boolean[]
  ) AS delta (
    trace_id, start_ns, end_ns, span_count, error_count, link_count, backlink_count, bytes,
    root_span, root_span_id, root_received, root_start_ns, operations, sends
  )
), upserted AS (
  INSERT INTO traces AS known (
    trace_id, start_ns, end_ns, span_count, error_count, link_count, backlink_count, bytes,
    root_span, root_span_id, root_received, root_start_ns, operations, received_at
  )
  SELECT
    trace_id, start_ns, end_ns, span_count, error_count, link_count, backlink_count, bytes,
    root_span, root_span_id, root_received, root_start_ns, (operations::int[])[:1000],
    CASE WHEN span_count > 0 THEN now() END
  FROM delta
  ORDER BY trace_id
  ON CONFLICT (trace_id) DO UPDATE SET
    start_ns = least(known.start_ns, excluded.start_ns),
    end_ns = greatest(known.end_ns, excluded.end_ns),
    span_count = known.span_count + excluded.span_count,
    error_count = known.error_count + excluded.error_count,
    link_count = known.link_count + excluded.link_count,
    backlink_count = known.backlink_count + excluded.backlink_count,
    bytes = known.bytes + excluded.bytes,
    (root_span, root_span_id, root_received, root_start_ns) = (
      SELECT root_span, root_span_id, root_received, root_start_ns
      FROM (
        VALUES
          (known.root_span, known.root_span_id, known.root_received, known.root_start_ns),
          (excluded.root_span, excluded.root_span_id, excluded.root_received, excluded.root_start_ns)
      ) AS root (root_span, root_span_id, root_received, root_start_ns)
      ORDER BY root_received DESC, root_start_ns NULLS LAST, root_span_id
      LIMIT 1
    ),
    operations = CASE
      WHEN excluded.operations <@ known.operations THEN known.operations
      ELSE ARRAY(
        SELECT DISTINCT operation
        FROM unnest(known.operations || excluded.operations) AS operation
        ORDER BY operation
        LIMIT 1000
      )
    END,
    received_at = coalesce(known.received_at, excluded.received_at)
  RETURNING trace_id, link_count, backlink_count, start_ns, end_ns
), counted_later AS (
  -- The ids of the new spans, for the map.
  INSERT INTO map_queue (first_id, last_id)
  SELECT * FROM unnest($15::bigint[], $16::bigint[])
), long AS (
  INSERT INTO long_traces (trace_id, start_ns, end_ns)
  SELECT trace_id, start_ns, end_ns FROM upserted WHERE end_ns - start_ns > 60000000000 ORDER BY trace_id
  ON CONFLICT (trace_id) DO UPDATE SET start_ns = excluded.start_ns, end_ns = excluded.end_ns
)
INSERT INTO journey_queue (due_at, trace_id)
SELECT now() + interval '1 second', trace_id
FROM upserted
JOIN delta USING (trace_id)
WHERE delta.span_count > 0 AND (upserted.link_count > 0 OR upserted.backlink_count > 0 OR delta.sends)
