-- What is here. Traces that are known as targets of links alone do not count.
SELECT count(*) FILTER (WHERE start_ns IS NOT NULL) AS traces, coalesce(sum(span_count), 0) AS spans,
  coalesce(sum(link_count), 0) AS links, coalesce(sum(bytes), 0) AS bytes, min(start_ns) AS oldest, max(start_ns) AS newest
FROM traces
