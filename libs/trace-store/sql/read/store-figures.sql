-- The content of the store. Traces that are only known as targets of links do not count.
SELECT count(*) FILTER (WHERE start_ns IS NOT NULL) AS traces, coalesce(sum(span_count), 0) AS spans,
  coalesce(sum(link_count), 0) AS links, coalesce(sum(bytes), 0) + (SELECT coalesce(sum(bytes), 0) FROM log_batches) AS bytes,
  (SELECT coalesce(sum(records), 0) FROM log_batches) AS logs, min(start_ns) AS oldest, max(start_ns) AS newest
FROM traces
