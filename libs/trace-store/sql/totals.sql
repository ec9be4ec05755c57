-- pg_total_relation_size counts a table with its indexes and its TOAST table.
SELECT
  coalesce(sum(bytes), 0)::float8 AS bytes,
  coalesce(sum(span_count), 0)::float8 AS spans,
  (SELECT coalesce(sum(bytes), 0)::float8 FROM log_batches) AS "logBytes",
  (
    SELECT coalesce(sum(pg_total_relation_size(oid)), 0)::float8
    FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
  ) AS "diskBytes"
FROM traces
