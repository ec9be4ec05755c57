-- The span $2 of trace $1, whose links are requested.
SELECT id, start_ns, start_ns::numeric + duration_ns AS end_ns, link_count, dropped_links, exact
FROM spans WHERE trace_id = $1::uuid AND span_id = $2::bytea
